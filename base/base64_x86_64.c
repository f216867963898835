/* SPDX-License-Identifier: MIT */
/*
 * Twelve bytes at a time, by SSSE3, as Wojciech Mula and Daniel Lemire describe
 * it ("Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018,
 * section 3). PSHUFB looks up in a register, so the time does not depend on the
 * bytes. gcc 12 makes nothing of the kind out of a loop.
 */

#include "base/base64.h"

#include <stdbool.h>
#include <tmmintrin.h>

#define BYTES_A_VECTOR 12

/* Reads 16 bytes and uses the first 12: each byte of the result is a number
 * from 0 to 63. */
__attribute__((target("ssse3"))) static inline __m128i
split(const uint8_t *bytes)
{
    /* In each 32 bits the three bytes a, b, c of a group, as b a c b. */
    const __m128i order =
        _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    __m128i in = _mm_shuffle_epi8(_mm_loadu_si128((const void *)bytes), order);
    /* Multiplications shift the two halves of 32 bits by different amounts. */
    __m128i first_and_third =
        _mm_mulhi_epu16(_mm_and_si128(in, _mm_set1_epi32(0x0fc0fc00)),
                        _mm_set1_epi32(0x04000040));
    __m128i second_and_fourth =
        _mm_mullo_epi16(_mm_and_si128(in, _mm_set1_epi32(0x003f03f0)),
                        _mm_set1_epi32(0x01000010));
    return _mm_or_si128(first_and_third, second_and_fourth);
}

/* The letters of numbers from 0 to 63. */
__attribute__((target("ssse3"))) static inline __m128i letters(__m128i numbers)
{
    /* What to add to a number of each range: 0 is that of lower-case letters, 1
     * to 10 of the digits, 11 of '+', 12 of '/', 13 of upper-case letters. */
    const __m128i offsets = _mm_setr_epi8(
        'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
        '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    __m128i range = _mm_subs_epu8(numbers, _mm_set1_epi8(51));
    __m128i is_upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), numbers);
    range = _mm_or_si128(range, _mm_and_si128(is_upper, _mm_set1_epi8(13)));
    return _mm_add_epi8(numbers, _mm_shuffle_epi8(offsets, range));
}

__attribute__((target("ssse3"))) static size_t
encode(char *to, const uint8_t *bytes, size_t n)
{
    size_t done = 0;
    for (; n - done >= sizeof(__m128i); done += BYTES_A_VECTOR) {
        _mm_storeu_si128((void *)to, letters(split(bytes + done)));
        to += sizeof(__m128i);
    }
    return done;
}

#ifdef __SSSE3__
/* The compiler may use it anyway, as for every Mac: there is nothing to ask. */
static bool has_ssse3(void)
{
    return true;
}
#else
/* All 64-bit processors of Intel since 2006 and of AMD since 2011. */
static bool has_ssse3(void)
{
    return __builtin_cpu_supports("ssse3") != 0;
}
#endif

size_t base64_encode_vectors(char *to, const uint8_t *bytes, size_t n)
{
    return has_ssse3() ? encode(to, bytes, n) : 0;
}
