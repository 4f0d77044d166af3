# Reads one mail from standard input with Perl's MIME::Parser, and prints what it found as JSON: a second opinion beside
# Python's own parser, which our mails are made with.
use strict;
use warnings;
use Encode qw(decode);
use JSON::PP;
use MIME::Parser;

binmode STDIN;
my $parser = MIME::Parser->new;
$parser->output_to_core(1);
$parser->extract_nested_messages(0);
my $mail = $parser->parse(\*STDIN);
my @errors = ($parser->results->errors, $parser->results->warnings);

my %head;
for my $name ($mail->head->tags) {
    $head{lc $name} = [map { s/\n[ \t]+/ /gr =~ s/\n\z//r } map { decode('MIME-Header', $_) } $mail->head->get_all($name)];
}
my @parts = map {
    my $body = $_->bodyhandle->as_string;
    { type => $_->effective_type, charset => $_->head->mime_attr('content-type.charset'), text => decode('UTF-8', $body) }
} $mail->parts;
print JSON::PP->new->ascii->encode({ head => \%head, parts => \@parts, type => $mail->effective_type, errors => \@errors });
