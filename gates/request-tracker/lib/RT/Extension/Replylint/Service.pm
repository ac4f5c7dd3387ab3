# Asks the service. All of it, from looking up its address to the last byte, takes no longer than the time limit.
package RT::Extension::Replylint::Service;

use strict;
use warnings;

use Errno qw(EINTR);
use HTTP::Tiny ();
use JSON       ();
use POSIX      ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use constant {
    MOST_ASKED    => 250_000,     # bytes of a question: the service takes 262144
    MOST_ANSWERED => 4_000_000,
    PIECE         => 65_536,
};

# The answer as a hash, or undef and what kind of failure it was. The kind never quotes anything.
sub ask {
    my ( $settings, $question ) = @_;
    my ( $reply, $failure ) = _within( $settings->{Timeout}, sub { _post( $settings, _fitting($question) ) } );
    return ( undef, $failure ) if $failure;
    my ( $status, $body ) = split /\n/, $reply, 2;
    return ( undef, 'no connection' )  if $status eq '599';
    return ( undef, "status $status" ) if $status ne '200';
    my $answer = eval { JSON->new->utf8->decode($body) };
    return ( undef, 'no answer of the service' ) if !_is_answer($answer);
    return ($answer);
}

sub _is_answer {
    my ($answer) = @_;
    return 0 if ref $answer ne 'HASH' || !exists $answer->{checked};
    return ( $answer->{verdict} // '' ) =~ /\A(?:pass|warn|block)\z/;
}

# The question as JSON. What the customer wrote helps, but the draft matters, so that a long message stays away first.
sub _fitting {
    my ($question) = @_;
    my $json = JSON->new->utf8->canonical;
    my $text = $json->encode($question);
    return $text if length $text <= MOST_ASKED;
    my %shorter = %{$question};
    delete @shorter{qw(customer_message template template_id)};
    return $json->encode( \%shorter );
}

sub _post {
    my ( $settings, $json ) = @_;
    my %headers = ( 'Content-Type' => 'application/json' );
    $headers{Authorization} = "Bearer $settings->{Token}" if length( $settings->{Token} // '' );
    ( my $address = $settings->{URL} ) =~ s{/+\z}{};
    # Text goes to the service that is set and nowhere else: not to a proxy from the environment, not where a
    # redirection points.
    my $http = HTTP::Tiny->new(
        timeout      => $settings->{Timeout},
        verify_SSL   => 1,
        max_redirect => 0,
        max_size     => MOST_ANSWERED,
        keep_alive   => 0,
        map { $_ => undef } qw(proxy http_proxy https_proxy all_proxy),
    );
    my $reply = $http->post( "$address/v1/check", { headers => \%headers, content => $json } );
    return "$reply->{status}\n" . ( $reply->{status} eq '200' ? $reply->{content} : '' );
}

# What the work returns, or undef and the kind of failure. The work is done in a process of its own, since nothing else
# ends a slow name server, a slow handshake and an answer that drips in byte by byte alike.
sub _within {
    my ( $seconds, $work ) = @_;
    local ( $@, $!, $? );
    my $end = clock_gettime(CLOCK_MONOTONIC) + $seconds;
    pipe my $from, my $to or return ( undef, 'no pipe' );
    my $child = fork // return ( undef, 'no process' );
    _be_child( $from, $to, $work ) if !$child;
    close $to;
    my ( $all, $in_time ) = _read_until( $from, $end );
    close $from;
    kill 'KILL', $child;
    waitpid $child, 0;
    return ( undef, 'time is up' ) if !$in_time;
    return length $all ? ($all) : ( undef, 'no answer' );
}

# It shares RT's connections to database and browser, so that it must end without tidying up any of them.
sub _be_child {
    my ( $from, $to, $work ) = @_;
    local $SIG{__DIE__}  = 'DEFAULT';
    local $SIG{__WARN__} = sub { };
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP ALRM PIPE CHLD);
    my $all = eval { $work->() } // '';
    while ( length $all ) {
        my $written = syswrite $to, $all or last;
        substr $all, 0, $written, '';
    }
    POSIX::_exit(0);
    return;
}

sub _read_until {
    my ( $from, $end ) = @_;
    my $all = '';
    while ( ( my $left = $end - clock_gettime(CLOCK_MONOTONIC) ) > 0 ) {
        vec( my $waiting = '', fileno $from, 1 ) = 1;
        next if select( $waiting, undef, undef, $left ) < 1;
        my $read = sysread $from, $all, PIECE, length $all;
        next if !defined $read && $! == EINTR;
        return ( $all, 1 ) if !$read;
    }
    return ( '', 0 );
}

1;
