# What the service is asked about a reply.
package RT::Extension::Replylint::Question;

use strict;
use warnings;

use RT::Extension::Replylint::People ();
use RT::Extension::Replylint::Text   ();

# The service refuses longer values. Of a long message the beginning tells most.
my %MOST = (
    customer_message => 20_000,
    customer_name    => 500,
    template_id      => 200,
    team             => 200,
    agent            => 200,
    reason           => 500,
);

# A question on a draft. what: draft, markup, and where they are known ticket, queue, override, articles.
sub about {
    my (%what) = @_;
    my %question = (
        draft  => $what{draft},
        markup => $what{markup},
        team   => _short( team => $what{queue} ),
        $what{ticket} ? ( id => "$what{ticket}{id}", _customer( $what{ticket}{object} ) ) : (),
        _template( $what{articles}, $what{user} ),
    );
    $question{override} = _override( $what{override}, $what{user} ) if $what{override};
    return { map { $_ => $question{$_} } grep { defined $question{$_} } keys %question };
}

sub _override {
    my ( $override, $user ) = @_;
    return {
        token  => $override->{token},
        reason => _short( reason => $override->{reason} ),
        agent  => _short( agent => $user->Name ),
    };
}

# The customer's last message and name.
sub _customer {
    my ($ticket) = @_;
    my $transactions = $ticket->Transactions;
    $transactions->Limit( FIELD => 'Type', OPERATOR => 'IN', VALUE => [qw(Create Correspond)] );
    $transactions->OrderByCols( map { { FIELD => $_, ORDER => 'DESC' } } qw(Created id) );
    while ( my $transaction = $transactions->Next ) {
        next if !RT::Extension::Replylint::People::is_customer_of( $transaction->CreatorObj, $ticket );
        my $content = $transaction->ContentObj or next;
        my $text = RT::Extension::Replylint::Text::to_text( $content->Content, $content->ContentType );
        return _named( $transaction->CreatorObj, customer_message => _short( customer_message => $text ) );
    }
    return _named( $ticket->Requestors->UserMembersObj->First );
}

# RT puts the address where it knows no name, and an address is no name to greet by.
sub _named {
    my ( $user, @more ) = @_;
    my $name = $user ? $user->RealName // '' : '';
    return ( @more, $name =~ /\S/ && $name !~ /@/ ? ( customer_name => _short( customer_name => $name ) ) : () );
}

# The article that went into the draft. RT tells by the links it is going to make; which of several the words are from
# it does not tell.
sub _template {
    my ( $links, $user ) = @_;
    my @ids = ( $links // '' ) =~ m{\Afsck\.com-article://[^/\s]+/article/(\d+)\s*\z};
    return if !@ids;
    my $article = RT::Article->new($user);
    $article->Load( $ids[0] );
    my $fields = $article->id ? $article->CustomFields : return;
    my @texts;
    while ( my $field = $fields->Next ) {
        push @texts, map { $_->Content } @{ $article->CustomFieldValues( $field->id )->ItemsArrayRef };
    }
    return ( template_id => _short( template_id => $article->Name ), template => join "\n", grep { defined } @texts );
}

sub _short {
    my ( $key, $value ) = @_;
    return defined $value ? substr( $value, 0, $MOST{$key} ) : undef;
}

1;
