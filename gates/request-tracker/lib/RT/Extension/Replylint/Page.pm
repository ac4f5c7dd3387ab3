# What the pages on which replies are written ask before they send, so that the text stays on them.
package RT::Extension::Replylint::Page;

use strict;
use warnings;

use RT::Extension::Replylint::Gate ();
use RT::Extension::Replylint::Text ();

# What comes of the reply that a page is about to send on a ticket, where it must stay; nothing where it may leave.
sub reply_stays {
    my ( $args, $ticket ) = @_;
    return if ( $args->{UpdateType} // '' ) ne 'response';
    my $draft = _draft( $args->{UpdateContent}, $args->{UpdateContentType}, $ticket->CurrentUser );
    return _stays( \&RT::Extension::Replylint::Gate::of_correspond, $ticket, Draft => $draft );
}

# The same of the first message of a new ticket.
sub creation_stays {
    my ( $args, $user ) = @_;
    my @kept = grep { /\A(?:Queue|Type|Cc|SquelchMailTo|TransSquelchMailTo|RT::CustomRole-\d+)\z/ } keys %{$args};
    return _stays(
        \&RT::Extension::Replylint::Gate::of_create,
        RT::Ticket->new($user),
        ( map { $_ => $args->{$_} } @kept ),
        Requestor => $args->{Requestors},
        Draft     => _draft( $args->{Content}, $args->{ContentType}, $user ),
    );
}

# The same of what goes along with a forwarded ticket.
sub forward_stays {
    my ( $args, $ticket ) = @_;
    return _stays( \&RT::Extension::Replylint::Gate::of_forward, $ticket, %{$args} );
}

# The same of an approver's notes, which RT mails to whoever has asked.
sub note_stays {
    my ( $note, $ticket ) = @_;
    return _stays( \&RT::Extension::Replylint::Gate::of_correspond, $ticket, Draft => [ $note, 'text' ] );
}

# Takes tickets whose reply must stay out of a bulk update, and adds why to its results.
sub bulk {
    my ( $args, $tickets, $results, $user ) = @_;
    return if $args->{AddMoreAttach};
    my @go;
    for my $id ( @{$tickets} ) {
        my $ticket = RT::Ticket->new($user);
        $ticket->Load($id);
        my $outcome = $ticket->id ? reply_stays( $args, $ticket ) : undef;
        push @{$results}, $user->loc( 'Ticket [_1]: [_2]', $id, line($outcome) ) if $outcome;
        push @go, $id if !$outcome;
    }
    @{$tickets} = @go;
    return;
}

# Why it stays, in one line.
sub line {
    my ($outcome) = @_;
    return RT::Extension::Replylint::Gate::one_line($outcome);
}

# Where something stays, that is asked again for the next try. What may leave is not asked about again when it does.
sub _stays {
    my ( $judge, $ticket, %args ) = @_;
    my $outcome = RT::Extension::Replylint::Gate::judged( $judge, $ticket, %args, keep => 1 );
    return $outcome && !$outcome->{leaves} ? $outcome : undef;
}

# The draft as RT makes a mail of it: without a signature that stands alone, lines ended as in mail.
sub _draft {
    my ( $content, $type, $user ) = @_;
    my $text = RT::Interface::Web::StripContent(
        Content        => $content,
        ContentType    => $type,
        StripSignature => 1,
        CurrentUser    => $user,
    );
    return [ RT::Extension::Replylint::Text::typed( $text, $type ) ];
}

1;
