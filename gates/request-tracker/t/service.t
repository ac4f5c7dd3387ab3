# The time limit holds whatever a service does, and kinds of failures quote nothing.
use strict;
use warnings;

use IO::Socket::INET ();
use Test::More;
use Time::HiRes qw(sleep time);

use RT::Extension::Replylint::Service ();

sub ask {
    my ( $address, $seconds ) = @_;
    return RT::Extension::Replylint::Service::ask( { URL => $address, Timeout => $seconds }, { draft => 'x' } );
}

# A service that does one thing to whoever connects; returns its address and its process.
sub served {
    my ($do) = @_;
    my $socket = IO::Socket::INET->new( LocalAddr => '127.0.0.1', Listen => 5 ) or die "no socket: $!";
    my $address = 'http://127.0.0.1:' . $socket->sockport;
    my $process = fork // die "no process: $!";
    return ( $address, $process ) if $process;
    local $SIG{PIPE} = 'IGNORE';
    while ( my $client = $socket->accept ) {
        $client->autoflush(1);
        sysread $client, my $read, 65_536;
        $do->($client);
        close $client;
    }
    exit 0;
}

sub answering {
    my ($text) = @_;
    return saying("HTTP/1.1 200 OK\r\nContent-Length: " . length($text) . "\r\n\r\n$text");
}

sub saying {
    my ($all) = @_;
    return sub { print { $_[0] } $all };
}

sub asked {
    my ( $do, $seconds ) = @_;
    my ( $address, $process ) = served($do);
    my $begin = time;
    my ( $answer, $failure ) = ask( "$address/", $seconds );
    my $took = time - $begin;
    kill 'TERM', $process;
    waitpid $process, 0;
    return ( $answer, $failure, $took );
}

my ( $answer, $failure, $took ) = asked( answering('{"verdict": "pass", "checked": true}'), 20 );
is_deeply( [ $answer->{verdict}, $failure ], [ 'pass', undef ], 'an answer' );
for my $text ( '', 'secret', '[]', '{"verdict": "maybe", "checked": true}', '{"verdict": "pass"}' ) {
    ( $answer, $failure ) = asked( answering($text), 20 );
    is_deeply( [ $answer, $failure ], [ undef, 'no answer of the service' ], "“$text” is none" );
}
( $answer, $failure ) = asked( saying("HTTP/1.1 401 secret\r\nContent-Length: 6\r\n\r\nsecret"), 20 );
is( $failure, 'status 401', 'a refusal' );
my $elsewhere = "HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
( $answer, $failure ) = asked( saying($elsewhere), 20 );
is( $failure, 'status 302', 'a redirection is not followed' );
my %slow = (
    silent   => sub { sleep 5 },
    dripping => sub {
        my ($client) = @_;
        print {$client} "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
        for ( 1 .. 50 ) { print {$client} ' ' or last; sleep 0.1 }
    },
);
for my $kind ( sort keys %slow ) {
    ( $answer, $failure, $took ) = asked( $slow{$kind}, 0.5 );
    is( $failure, 'time is up', "a $kind service" );
    cmp_ok( $took, '>=', 0.5, 'has its time' );
    cmp_ok( $took, '<', 4, 'and no more' );
}
( $answer, $failure ) = ask( 'http://127.0.0.1:1', 20 );
is( $failure, 'no connection', 'nobody there' );

my $long = { draft => 'x' x 1000, customer_message => 'y' x 300_000 };
unlike( RT::Extension::Replylint::Service::_fitting($long), qr/y/, 'of too much the draft is kept' );

done_testing;
