# Who writes to whom: agents are privileged users, everybody else is a customer.
package RT::Extension::Replylint::People;

use strict;
use warnings;

# Scripts and scheduled jobs write automatic mail, whoever they run as.
my %AUTOMATIC = map { $_ => 1 } qw(CLI API);

# Whether a user is an agent at work, in a browser, over REST or by mail.
sub is_agent {
    my ($user) = @_;
    return 0 if !$user->id || $user->id == RT->SystemUser->id || $user->id == RT->Nobody->id;
    return 0 if $AUTOMATIC{ RT->CurrentInterface };
    return $user->Privileged ? 1 : 0;
}

# Whether what a user writes on a ticket is what a customer writes. Agents have requests of their own too.
sub is_customer_of {
    my ( $user, $ticket ) = @_;
    return 1 if !$user->Privileged;
    return 0 if !$ticket->IsRequestor( $user->PrincipalId );
    return !grep { !$_->Privileged } @{ $ticket->Requestors->UserMembersObj->ItemsArrayRef };
}

# Of people given as RT's pages and programs give them, those who are customers: their addresses, in small letters.
sub customers_among {
    return grep { defined && !_is_agents_address($_) } map { _addresses($_) } @_;
}

# The addresses of a ticket's customers.
sub customers_of {
    my ($ticket) = @_;
    my @users = map { @{ $_->UserMembersObj->ItemsArrayRef } } $ticket->Requestors, $ticket->Cc;
    return map { lc } grep { length } map { $_->EmailAddress } grep { !$_->Privileged } @users;
}

sub _addresses {
    my ($given) = @_;
    return if !defined $given || !length $given;
    return map { _addresses($_) } @{$given} if ref $given eq 'ARRAY';
    return _address_of_user($given) if ref $given || $given =~ /\A\d+\z/;
    my @found = map { lc $_->address } RT::EmailParser->ParseEmailAddress($given);
    return @found ? @found : _address_of_user($given);
}

sub _address_of_user {
    my ($given) = @_;
    my $user = RT::User->new( RT->SystemUser );
    $user->Load( ref $given ? $given->id : $given );
    return $user->id && length( $user->EmailAddress // '' ) ? lc $user->EmailAddress : ();
}

sub _is_agents_address {
    my ($address) = @_;
    return 1 if RT::EmailParser->IsRTAddress($address);
    my $user = RT::User->new( RT->SystemUser );
    $user->LoadByEmail($address);
    return $user->id && $user->Privileged;
}

1;
