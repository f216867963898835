/* SPDX-License-Identifier: MIT */
/* Output entropy of conditioning functions, against NIST's ea_conditioning
 * (1.1.7), which computes in as many bits as it takes. */

#include "lab/conditioning.h"

#include "tests/support/run.h"

#include <math.h>

START_TEST(output_entropy_is_that_of_nists_program)
{
    static const struct {
        struct conditioning c;
        double h_out;
    } cases[] = {
        {{512, 256, 256, 256}, 255},
        {{512, 256, 256, 257}, 255.4150374992788438},
        {{512, 256, 256, 288}, 255.9999999996640964},
        {{512, 256, 256, 320}, 256},
        {{5120, 512, 512, 576}, 512},
        {{256, 256, 256, 100}, 100},
        {{100, 128, 128, 50}, 49.99999999999999872},
        {{4096, 1024, 2048, 300.5}, 300.5},
        {{128, 128, 128, 128}, 124.1599523847531908},
        {{40, 256, 64, 30}, 29.99859180560850117},
        {{300, 256, 256, 299.9}, 255.9999935202034535},
        {{65536, 32, 512, 10}, 9.999999656370642813},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_double_eq_tol(conditioning_output(&cases[i].c).h_out,
                                cases[i].h_out, 1e-12 * cases[i].h_out);
}
END_TEST

/* What h_out itself has no digits for. */
START_TEST(the_distance_from_full_entropy_keeps_its_digits)
{
    static const struct {
        struct conditioning c;
        double exponent;
    } cases[] = {
        {{512, 256, 256, 256}, 8},
        {{512, 256, 256, 288}, 39.47123362722305419},
        {{512, 256, 256, 320}, 71.47123362705510238},
        {{5120, 256, 512, 320}, 71.47123362705510238},
        {{5120, 512, 512, 576}, 72.47123362705510238},
        {{300, 256, 256, 299.9}, 25.23562005342703710},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct conditioned out = conditioning_output(&cases[i].c);
        ck_assert_double_eq_tol(conditioning_epsilon(&cases[i].c, &out),
                                cases[i].exponent, 1e-9);
    }
}
END_TEST

START_TEST(what_is_not_vetted_is_bounded_twice)
{
    const struct conditioning c = {512, 256, 256, 320};
    ck_assert_double_eq_tol(conditioning_unvetted(&c, 1).h_out, 255.744, 1e-9);
    ck_assert_double_eq_tol(conditioning_unvetted(&c, 0.5).h_out, 128, 1e-9);
    ck_assert_double_eq_tol(conditioning_unvetted(&c, 0.5).missing, 128, 1e-9);
    const struct conditioning little = {512, 256, 256, 10};
    ck_assert_double_eq_tol(conditioning_unvetted(&little, 1).h_out, 10, 1e-2);
}
END_TEST

START_TEST(no_output_has_more_than_goes_in_or_out)
{
    struct conditioning c = {.n_in = 1};
    for (; c.n_in <= 4096; c.n_in = c.n_in * 3 + 1) {
        for (c.n_out = 1; c.n_out <= 4096; c.n_out = c.n_out * 2 + 1) {
            for (c.nw = 1; c.nw <= 4096; c.nw = c.nw * 5 + 1) {
                for (unsigned step = 1; step <= 40; step++) {
                    c.h_in = c.n_in * exp2(-0.4 * (40 - step));
                    struct conditioned out = conditioning_output(&c);
                    ck_assert(out.h_out >= 0 && out.h_out <= c.n_out);
                    ck_assert(out.h_out <= c.h_in * (1 + 1e-12) &&
                              out.h_out <= c.nw);
                    ck_assert(out.missing >= 0 && out.missing <= c.n_out);
                }
            }
        }
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(output_entropy_is_that_of_nists_program),
        TEST(the_distance_from_full_entropy_keeps_its_digits),
        TEST(what_is_not_vetted_is_bounded_twice),
        TEST(no_output_has_more_than_goes_in_or_out),
        {0},
    };
    return run_tests("conditioning", tests);
}
