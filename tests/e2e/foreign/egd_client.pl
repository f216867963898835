# SPDX-License-Identifier: MIT
# Prints 32 and 600 bytes of EGD as hex; the latter take three requests on one
# connection.
use strict;
use warnings;
use Crypt::Random::Seed;

my $source = Crypt::Random::Seed->new(Only => ["EGD"]) or die "no source\n";
printf("perl %vd, Crypt::Random::Seed %s, source %s\n", $^V,
       Crypt::Random::Seed->VERSION, $source->name);
printf("%s\n", unpack("H*", $source->random_bytes($_))) for 32, 600;
