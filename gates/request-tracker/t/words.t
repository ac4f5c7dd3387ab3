# The languages in which the gate speaks.
use strict;
use warnings;
use utf8;

use Test::More;

use RT::Extension::Replylint::Words ();

binmode $_, ':encoding(UTF-8)' for map { Test::More->builder->$_ } qw(output failure_output);

my %known = (
    hr        => 'hr',
    sr        => 'sr-Cyrl',
    'sr-latn' => 'sr',
    'sr_Cyrl' => 'sr-Cyrl',
    'nl-BE'   => 'nl',
    'en_GB'   => 'en',
    de        => 'en',
    ''        => 'en',
);
is( RT::Extension::Replylint::Words::known($_), $known{$_}, "“$_”" ) for sort keys %known;
is( RT::Extension::Replylint::Words::known(undef), 'en', 'none' );
my $said = RT::Extension::Replylint::Words::say_in( 'ru', 'returned_subject', subject => 'Re: {x}' );
is( $said, 'Не отправлено: Re: {x}', 'words with a value' );

done_testing;
