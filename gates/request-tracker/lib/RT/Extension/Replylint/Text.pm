# From what RT sends and has received to text.
package RT::Extension::Replylint::Text;

use strict;
use warnings;

use Encode         ();
use HTML::Entities ();

use constant MOST => 200_000;    # characters of HTML of which the text is taken

# The text of a mail and its markup, “text” or “html”: what its reader sees, without attachments.
sub of_entity {
    my ($entity) = @_;
    # RT does the same to it a moment later: all text becomes UTF-8.
    RT::I18N::SetMIMEEntityToUTF8($entity);
    return joined( _parts($entity) );
}

# The text of a page's field and its markup, as they will stand in the mail.
sub typed {
    my ( $text, $type ) = @_;
    return joined( [ ( $type // '' ) =~ m{\Atext/html}i ? 'html' : 'text', $text // '' ] );
}

# Texts of several parts as one.
sub joined {
    my @parts = @_;
    return ( '', 'text' ) if !@parts;
    my $is_html = grep { $_->[0] eq 'html' } @parts;
    return ( join( "\n\n", map { $_->[1] } @parts ), 'text' ) if !$is_html;
    return ( without_data( join "\n", map { $_->[0] eq 'html' ? $_->[1] : _as_html( $_->[1] ) } @parts ), 'html' );
}

# Pictures that are pasted into a text are no words, and would make a question too long.
sub without_data {
    my ($html) = @_;
    $html =~ s/(<img\b[^>]*?\bsrc\s*=\s*)(["'])data:.*?\2/$1$2$2/gis;
    return $html;
}

# Whether there is anything to read.
sub holds_words {
    my ( $text, $markup ) = @_;
    return 0 if !defined $text;
    $text =~ s/<[^>]*>|&nbsp;|&#160;//g if $markup eq 'html';
    return $text =~ /\S/ ? 1 : 0;
}

# HTML as text, without what it quotes. RT's own way may start a program for it, which takes too long before a reply.
sub to_text {
    my ( $text, $type ) = @_;
    return $text if ( $type // '' ) !~ m{\Atext/html}i;
    $text = substr $text, 0, MOST;
    $text =~ s{<(head|style|script)\b.*?</\1\s*>|<!--.*?-->}{}gis;
    1 while $text =~ s{<blockquote\b(?:(?!<blockquote\b).)*?</blockquote\s*>}{ }gis;
    $text =~ s/\s+/ /g;
    $text =~ s{<br\b[^>]*>|</(?:p|div|li|tr|h\d)\s*>}{\n}gi;
    $text =~ s/<[^>]*>//g;
    $text = HTML::Entities::decode_entities($text);
    $text =~ s/[^\S\n]*\n[^\S\n]*/\n/g;
    return $text =~ s/\A\s+|\s+\z//gr;
}

sub _parts {
    my ($entity) = @_;
    my $type = lc $entity->effective_type;
    return map { _parts($_) } $entity->parts if $type =~ m{\Amultipart/} && $type ne 'multipart/alternative';
    return _best( map { [ _parts($_) ] } $entity->parts ) if $type eq 'multipart/alternative';
    return if $type !~ m{\Atext/(plain|html)\z} || _is_attachment( $entity->head ) || !$entity->bodyhandle;
    my $markup = $type eq 'text/html' ? 'html' : 'text';
    my $text   = Encode::decode( 'UTF-8', $entity->bodyhandle->as_string );
    return holds_words( $text, $markup ) ? [ $markup, $text ] : ();
}

# Of several forms of the same text: the HTML, which is what RT mails and what readers see, or else the last one.
sub _best {
    my @forms = grep { @{$_} } @_;
    my @html = grep { grep { $_->[0] eq 'html' } @{$_} } @forms;
    my $best = $html[-1] // $forms[-1] // [];
    return @{$best};
}

sub _is_attachment {
    my ($head) = @_;
    return 1 if defined $head->recommended_filename;
    return ( $head->mime_attr('content-disposition') // '' ) =~ /\Aattachment/i;
}

sub _as_html {
    my ($text) = @_;
    my %entity = ( '&' => '&amp;', '<' => '&lt;', '>' => '&gt;' );
    $text =~ s/([&<>])/$entity{$1}/g;
    $text =~ s/\n/<br>\n/g;
    return "<p>$text</p>";
}

1;
