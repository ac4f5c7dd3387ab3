# The gate of replylint. Put it into /etc/request-tracker5/RT_SiteConfig.d/ and restart RT.
Plugin('RT::Extension::Replylint');
Set(%Replylint,
    URL     => 'http://127.0.0.1:8787',    # where replylint serve listens; https:// is possible
    Token   => '',                         # its token, where it has one
    Timeout => 3,                          # seconds for everything, connecting included
    Fail    => 'open',                     # closed: a reply that could not be checked stays
    Create  => 1,                          # 0: the first message of a ticket that an agent makes is not judged
);
1;
