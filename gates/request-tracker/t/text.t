# From HTML and typed text to what is judged.
use strict;
use warnings;
use utf8;

use Test::More;

use RT::Extension::Replylint::Text ();

my $holds = \&RT::Extension::Replylint::Text::holds_words;
ok( $holds->( 'Ана', 'text' ), 'a word' );
ok( !$holds->( " \n", 'text' ), 'white space' );
ok( !$holds->( '<p>&nbsp;<br></p>', 'html' ), 'an empty editor' );
ok( $holds->( '<p>', 'text' ), 'signs in plain text are words' );

my $joined = \&RT::Extension::Replylint::Text::joined;
is_deeply( [ $joined->() ], [ '', 'text' ], 'nothing' );
is_deeply( [ $joined->( [ text => 'a' ], [ text => 'b' ] ) ], [ "a\n\nb", 'text' ], 'plain parts' );
is_deeply(
    [ $joined->( [ html => '<p>a</p>' ], [ text => "1 < 2\nb" ] ) ],
    [ "<p>a</p>\n<p>1 &lt; 2<br>\nb</p>", 'html' ],
    'mixed parts'
);
my $picture = q{<p>a<img alt="x" src="data:image/png;base64,AAAA">b<img src='data:,x'></p>};
is_deeply(
    [ $joined->( [ html => $picture ] ) ],
    [ q{<p>a<img alt="x" src="">b<img src=''></p>}, 'html' ],
    'pasted pictures stay away'
);

my $to_text = \&RT::Extension::Replylint::Text::to_text;
is( $to_text->( "a <b>\n", 'text/plain' ), "a <b>\n", 'plain text stays as it is' );
my $mail = '<head><title>x</title></head><p>Зашто&nbsp;касни?</p><!-- y --><div>Ана &amp; Иван<br>Ниш</div>';
is(
    $to_text->( $mail, 'text/html' ),
    "Зашто\x{a0}касни?\nАна & Иван\nНиш", 'HTML'
);
is( $to_text->( '<p>a</p><blockquote>b<blockquote>c</blockquote></blockquote>d', 'text/html' ), "a\nd", 'quotes go' );

done_testing;
