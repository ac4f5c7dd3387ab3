# Every door by which an agent's words leave RT ends in one of three methods of a ticket; the gate stands before them.
package RT::Extension::Replylint::Gate;

use strict;
use warnings;

use Encode ();
use Digest::SHA qw(sha256_hex);
use Hash::Util::FieldHash ();
use Scalar::Util qw(blessed);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use RT::Extension::Replylint::People   ();
use RT::Extension::Replylint::Question ();
use RT::Extension::Replylint::Service  ();
use RT::Extension::Replylint::Text     ();
use RT::Extension::Replylint::Words    ();

use constant {
    BUTTON          => 'replylint',
    SHORTEST_REASON => 3,              # characters, as the service has it
};

# RT makes one object of the current user for each request, which makes it the place to remember what was asked in it.
Hash::Util::FieldHash::fieldhash my %ASKED;
my $IS_UP;

# Puts the gate up, once.
sub raise {
    return if $IS_UP++;
    require RT::Ticket;
    no warnings qw(redefine once);
    my ( $correspond, $create, $forward ) = map { RT::Ticket->can($_) } qw(Correspond Create Forward);
    *RT::Ticket::Correspond = sub { my @all = @_; return _pass( \&of_correspond, $correspond, 1, @all ) };
    *RT::Ticket::Create     = sub { my @all = @_; return _pass( \&of_create,     $create,     2, @all ) };
    *RT::Ticket::Forward    = sub { my @all = @_; return _pass( \&of_forward,    $forward,    1, @all ) };
    return;
}

# Lets a method do its work, or returns what it returns when it fails. at: the place of the message in what it returns.
sub _pass {
    my ( $judge, $method, $at, $ticket, %args ) = @_;
    my $outcome = judged( $judge, $ticket, %args );
    return $method->( $ticket, %args ) if !$outcome;
    return _stays( $outcome, $at, $ticket, %args ) if !$outcome->{leaves};
    my @done = $method->( $ticket, %args );
    $done[$at] .= q{ } . $outcome->{words}{not_checked} if $outcome->{unchecked} && $done[0];
    return @done;
}

sub _stays {
    my ( $outcome, $at, $ticket, %args ) = @_;
    _return_to_sender( $outcome, $ticket, $args{MIMEObj} ) if RT->CurrentInterface eq 'Email' && $args{MIMEObj};
    # RT logs why a ticket could not be created, and no words of a draft are to be in a log.
    return ( 0, 0, one_line( $outcome, 'titles' ) ) if $at == 2;
    return ( 0, one_line($outcome), undef );
}

# What comes of it by one of the three judges that follow. None of them returns anything where nothing is judged. The
# arguments are those of the method; Draft (text and markup) and keep come from pages, before there is a mail.
sub judged {
    my ( $judge, $ticket, %args ) = @_;
    return _guarded( sub { $judge->( $ticket, %args ) }, $ticket->CurrentUser );
}

# A reply on a ticket.
sub of_correspond {
    my ( $ticket, %args ) = @_;
    return if !is_judged($ticket) || !_may_reply($ticket);
    return if RT::Extension::Replylint::People::is_customer_of( $ticket->CurrentUser, $ticket );
    return outcome( _draft_of(%args), user => $ticket->CurrentUser, ticket => $ticket );
}

# The first message of a ticket, which RT mails to its requestors.
sub of_create {
    my ( $ticket, %args ) = @_;
    return if !is_judged($ticket) || !( $args{_RecordTransaction} // 1 );
    return if ( $args{Type} // 'ticket' ) ne 'ticket' || !customers_told(%args);
    my $queue = ref $args{Queue} ? $args{Queue} : _queue( $args{Queue} );
    return outcome( _draft_of( %args, Content => undef ), user => $ticket->CurrentUser, queue => $queue );
}

# A message that goes along with a ticket or transaction to a customer of that ticket.
sub of_forward {
    my ( $ticket, %args ) = @_;
    return if !is_judged($ticket) || !$ticket->CurrentUserHasRight('ForwardMessage');
    my %customer = map { $_ => 1 } RT::Extension::Replylint::People::customers_of($ticket);
    return if !grep { $customer{$_} } RT::Extension::Replylint::People::customers_among( @args{qw(To Cc Bcc)} );
    my @draft = RT::Extension::Replylint::Text::typed( @args{qw(Content ContentType)} );
    return outcome( _draft_of( %args, Draft => \@draft ), user => $ticket->CurrentUser, ticket => $ticket );
}

# Whether what is written with this ticket object is judged at all: previews and automatic mail are not.
sub is_judged {
    my ($ticket) = @_;
    return 0 if $ticket->{DryRun};
    return RT::Extension::Replylint::People::is_agent( $ticket->CurrentUser );
}

# Whether a new ticket tells a customer of itself.
sub customers_told {
    my (%args) = @_;
    return 0 if !RT::Extension::Replylint::settings()->{Create};
    my @roles = grep { /\A(?:Requestor|Cc|RT::CustomRole-\d+)\z/ } keys %args;
    my %silent = map { lc() => 1 }
        grep { defined && !ref } map { ref eq 'ARRAY' ? @{$_} : $_ } @args{qw(SquelchMailTo TransSquelchMailTo)};
    return scalar grep { !$silent{$_} } RT::Extension::Replylint::People::customers_among( @args{@roles} );
}

# What comes of a draft, asked for once in a request. draft: user, ticket or queue, draft, markup.
# Returns nothing where there are no words, or a hash: leaves, unchecked, kind (one of the words), text, findings,
# token.
# keep: the same draft is going to be sent next in this request, and is not to be asked about again then.
sub outcome {
    my (%draft) = @_;
    return if !RT::Extension::Replylint::Text::holds_words( @draft{qw(draft markup)} );
    my $asked = $ASKED{ $draft{user} } //= {};
    my $id    = $draft{ticket} ? $draft{ticket}->id : 'new';
    my $key   = sha256_hex( Encode::encode( 'UTF-8', join "\0", $id, @draft{qw(markup draft)} ) );
    my $known = delete $asked->{verdicts}{$key};
    my $found = $known // _guarded( sub { _asked( $asked, $id, %draft ) }, $draft{user} );
    $asked->{verdicts}{$key} = $found if $draft{keep} && $found->{leaves};
    return $found;
}

# What is written in one line, where there is no more room. as: “titles” where no words of the draft may be.
sub one_line {
    my ( $outcome, $as ) = @_;
    my $text = $outcome->{text};
    $text = join q{ }, map { "• $_->{title}: $_->{advice}" } @{ $outcome->{findings} } if $as;
    $text =~ s/\s+/ /g;
    return join q{ }, grep { length } $outcome->{words}{ $outcome->{kind} }, $text, _what_to_do($outcome);
}

# The same in several lines, for a mail or a page.
sub lines {
    my ($outcome) = @_;
    return grep { length } $outcome->{words}{ $outcome->{kind} }, $outcome->{text}, _what_to_do($outcome);
}

sub _what_to_do {
    my ($outcome) = @_;
    return $outcome->{kind} =~ /\A(?:refused|warned)\z/ ? $outcome->{words}{change} : '';
}

sub _asked {
    my ( $asked, $id, %draft ) = @_;
    my $start    = clock_gettime(CLOCK_MONOTONIC);
    my $settings = RT::Extension::Replylint::settings();
    my $queue    = $draft{queue} // $draft{ticket}->QueueObj;
    my %typed    = _typed($id);
    my $override = _usable( $typed{override} );
    my $question = RT::Extension::Replylint::Question::about(
        %draft,
        queue    => $queue->Name,
        override => $override,
        articles => $typed{articles},
        ticket   => $draft{ticket} ? { id => $id, object => $draft{ticket} } : undef,
    );
    # Where the service has not answered, no second reply of the same request waits for it.
    my ( $answer, $failure ) = $asked->{failure}
        ? ( undef, $asked->{failure} )
        : RT::Extension::Replylint::Service::ask( $settings, $question );
    $asked->{failure} = $failure if $failure;
    my $found = $answer ? _of_answer( $answer, $override ) : _of_failure($settings);
    $found->{reason_missing} = 1 if $typed{override} && !$override && $found->{token};
    _log( $id, $found, $failure // $found->{reason}, clock_gettime(CLOCK_MONOTONIC) - $start );
    return _in_words( $found, $draft{user} );
}

# What an agent has typed into a page beside the draft. The value of the button tells that it was the gate's own.
sub _typed {
    my ($id) = @_;
    my $args = $HTML::Mason::Commands::DECODED_ARGS;
    return if !ref $args;
    my @keys = ( qw(ReplylintToken ReplylintReason), "$id-RefersTo", qw(SubmitTicket Forward) );
    my ( $token, $reason, $articles, @buttons ) = map { ref eq 'ARRAY' ? $_->[0] : $_ } @{$args}{@keys};
    my $wanted = grep { ( $_ // '' ) eq BUTTON } @buttons;
    my $given = length( $token // '' ) && ( $wanted || ( $reason // '' ) =~ /\S/ );
    return ( articles => $articles, $given ? ( override => { token => $token, reason => $reason } ) : () );
}

# An override that the service would take. A reason that is too short is asked for again, without a try.
sub _usable {
    my ($override) = @_;
    return if !$override;
    ( my $reason = $override->{reason} // '' ) =~ s/\A\s+|\s+\z//g;
    return length $reason >= SHORTEST_REASON ? { token => $override->{token}, reason => $reason } : undef;
}

sub _of_answer {
    my ( $answer, $override ) = @_;
    my $verdict = $answer->{verdict};
    my %found   = (
        verdict  => $verdict,
        leaves   => $verdict eq 'pass' ? 1 : 0,
        rules    => [ map { $_->{rule} } @{ $answer->{findings} } ],
        findings => [ grep { $_->{action} ne 'show' } @{ $answer->{findings} } ],
        text     => $answer->{dialog_text},
        lang     => $answer->{lang},
        token    => $answer->{override_token},
        kind     => $verdict eq 'warn' || $answer->{override_token} ? 'warned' : 'refused',
    );
    $found{overridden} = 1            if $answer->{overridden};
    $found{kind}       = 'not_logged' if $override && !$found{leaves} && $answer->{reason};
    return { %found, _unchecked(), reason => $answer->{reason} } if !$answer->{checked};
    return \%found;
}

sub _of_failure {
    my ($settings) = @_;
    my $leaves = lc( $settings->{Fail} // '' ) eq 'closed' ? 0 : 1;
    return { verdict => $leaves ? 'pass' : 'block', leaves => $leaves, _unchecked() };
}

sub _unchecked {
    return ( unchecked => 1, kind => 'held', text => '', findings => [], rules => [], token => undef );
}

sub _in_words {
    my ( $found, $user ) = @_;
    my $lang = RT::Extension::Replylint::Words::of_user($user);
    my @keys = qw(refused warned change send_anyway reason reason_missing not_logged not_checked held returned);
    $found->{speaks} = RT::Extension::Replylint::Words::known($lang);
    $found->{words}  = { map { $_ => RT::Extension::Replylint::Words::say_in( $lang, $_ ) } @keys };
    return $found;
}

sub _log {
    my ( $id, $found, $failure, $seconds ) = @_;
    my $line = sprintf 'replylint: ticket %s, %s, %.3f s', $id, $found->{verdict}, $seconds;
    my %seen;
    my @rules = grep { !$seen{$_}++ } @{ $found->{rules} };
    $line .= ', rules ' . join q{ }, @rules if @rules;
    $line .= ', overridden' if $found->{overridden};
    return RT->Logger->warning("$line, not checked: $failure") if $found->{unchecked};
    return RT->Logger->info($line);
}

# Nothing that goes wrong in here may take a reply with it: it is treated as one that could not be checked, and what is
# no agent's passes. The message of an unknown error may hold text, so that only its kind is told.
sub _guarded {
    my ( $work, $user ) = @_;
    my @found;
    return $found[0] if eval { @found = $work->(); 1 };
    my $kind = blessed($@) // 'an error of its own';
    RT->Logger->error("replylint: not checked: $kind");
    return if !RT::Extension::Replylint::People::is_agent($user);
    return _in_words( _of_failure( RT::Extension::Replylint::settings() ), $user );
}

sub _may_reply {
    my ($ticket) = @_;
    return $ticket->CurrentUserHasRight('ReplyToTicket') || $ticket->CurrentUserHasRight('ModifyTicket');
}

sub _draft_of {
    my (%args) = @_;
    my ( $draft, $markup ) =
          $args{Draft}   ? @{ $args{Draft} }
        : $args{MIMEObj} ? RT::Extension::Replylint::Text::of_entity( $args{MIMEObj} )
        :                  ( join( '', ref $args{Content} ? @{ $args{Content} } : $args{Content} // '' ), 'text' );
    return ( draft => $draft, markup => $markup, keep => $args{keep} );
}

sub _queue {
    my ($name) = @_;
    my $queue = RT::Queue->new( RT->SystemUser );
    $queue->Load($name);
    return $queue;
}

# RT drops a mail that it could not record without a word, so that its sender has to be told. What else the mail was to
# do, as resolving the ticket, is not done either.
sub _return_to_sender {
    my ( $outcome, $ticket, $entity ) = @_;
    my $subject = Encode::decode( 'UTF-8', $entity->head->get('Subject') // '' );
    chomp $subject;
    my $lang = $outcome->{speaks};
    my $link = $ticket->id ? RT->Config->Get('WebURL') . 'Ticket/Display.html?id=' . $ticket->id : '';
    RT::Interface::Email::MailError(
        Subject     => RT::Extension::Replylint::Words::say_in( $lang, 'returned_subject', subject => $subject ),
        Explanation => join( "\n\n", grep { length } $outcome->{words}{returned}, lines($outcome), $link ),
        MIMEObj     => $entity,
        LogLevel    => undef,
    );
    RT::Interface::Email::SUCCESS($ticket);
    return;
}

1;
