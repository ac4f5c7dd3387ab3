# The extension: its settings, and the gate that goes up when RT loads it.
package RT::Extension::Replylint;

use strict;
use warnings;

use RT::Config ();

our $VERSION = '1.0';

my %UNSET = (
    URL     => 'http://127.0.0.1:8787',
    Token   => '',
    Timeout => 3,
    Fail    => 'open',
    Create  => 1,
);

# The web interface shows the configuration to administrators, and the token is nobody's to read there.
$RT::Config::META{Replylint} = {
    Type      => 'HASH',
    Immutable => 1,
    Obfuscate => sub {
        my ( $config, $settings ) = @_;
        return ref $settings eq 'HASH' && $settings->{Token} ? { %{$settings}, Token => '***' } : $settings;
    },
};

# The settings, those of the configuration over those that hold otherwise.
sub settings {
    my $set = RT->Config->Get('Replylint');
    return { %UNSET, ref $set eq 'HASH' ? %{$set} : () };
}

require RT::Extension::Replylint::Page;
RT::Extension::Replylint::Gate::raise();
RT->AddStyleSheets("replylint.css");

1;

__END__

=head1 NAME

RT::Extension::Replylint - holds back replies that break an error rule of replylint

=head1 SYNOPSIS

    Plugin('RT::Extension::Replylint');
    Set(%Replylint, URL => 'http://127.0.0.1:8787', Timeout => 3, Fail => 'open');

=head1 DESCRIPTION

See README.md.

=head1 LICENSE

MIT

=cut
