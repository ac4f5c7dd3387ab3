# What the gate says itself, in the language of the agent.
package RT::Extension::Replylint::Words;

use strict;
use warnings;

use JSON ();

# RT speaks Serbian in Cyrillic, so that whoever has chosen Serbian in RT reads that.
my %SCRIPT = ( sr => 'sr-Cyrl' );
my $WORDS;

# One of the words, in English where the language has none. values: what stands for the names in braces.
sub say_in {
    my ( $lang, $key, %values ) = @_;
    my $text = _words()->{ known($lang) }{$key};
    $text =~ s/\{(\w+)\}/$values{$1} \/\/ ''/ge;
    return $text;
}

# The language of the words that a language of RT is spoken to in: hr, nl, sr-Cyrl.
sub known {
    my ($lang) = @_;
    my ( $first, @more ) = split /[-_]/, lc( $lang // '' );
    $first //= 'en';
    my %by_name = map { lc() => $_ } keys %{ _words() };
    my $exact = @more ? $by_name{"$first-$more[0]"} : $SCRIPT{$first};
    return $exact // $by_name{$first} // 'en';
}

# The language that an agent has chosen, or else that of the browser.
sub of_user {
    my ($user) = @_;
    my $chosen = $user->UserObj->Lang;
    return length( $chosen // '' ) ? $chosen : $user->LanguageHandle->language_tag;
}

sub _words {
    return $WORDS if $WORDS;
    ( my $file = __FILE__ ) =~ s{lib/RT/Extension/Replylint/Words\.pm\z}{static/words.json};
    open my $handle, '<:raw', $file or die "The words of replylint cannot be read at $file: $!\n";
    local $/ = undef;
    return $WORDS = JSON->new->utf8->decode( scalar <$handle> );
}

1;
