<?php

/** What the service is asked about a mail: what the agent wrote, and what is known beside it. */

declare(strict_types=1);

class replylint_question
{
    /** What the customer wrote is passed on up to this many characters. */
    private const LONGEST = 20000;

    /** @var rcmail */
    private $rcmail;

    /** @var replylint_history */
    private $history;

    /** @var array Roundcube's record of the compose window */
    private $compose;

    /** @var string[] domains and addresses of colleagues */
    private $colleagues;

    public function __construct(rcmail $rcmail, array $compose, array $colleagues)
    {
        $this->rcmail = $rcmail;
        $this->compose = $compose;
        $this->colleagues = array_map('strtolower', $colleagues);
        $this->history = new replylint_history((string) ($_SESSION['language'] ?? 'en_US'));
    }

    /** Whether an address is a colleague's. */
    public function is_colleague(string $address): bool
    {
        $address = strtolower($address);
        $domain = (string) substr((string) strrchr($address, '@'), 1);

        return in_array($address, $this->colleagues, true) || in_array($domain, $this->colleagues, true);
    }

    /**
     * The question, or null when the agent has written nothing.
     *
     * @param Mail_mime   $message  the mail as it leaves, before it is encrypted
     * @param string      $to       its recipients
     * @param string|null $team     whose policy holds
     * @param string      $response the canned response that was put in, as Roundcube numbers it
     */
    public function about(Mail_mime $message, string $to, ?string $team, string $response): ?array
    {
        [$draft, $markup, $quoted] = $this->written($message);
        if (self::is_blank($draft)) {
            return null;
        }
        $original = $this->original();
        $name = self::name($to) ?: ($original && self::is_among($original['address'], $to) ? $original['name'] : '');
        // What is forwarded is nothing that the recipient wrote.
        $quoted = empty($this->compose['forward_uid']) ? $quoted : '';

        return array_filter([
            'draft' => $draft,
            'markup' => $markup,
            'channel' => 'email',
            'customer_message' => mb_substr($original['text'] ?? $quoted, 0, self::LONGEST),
            'customer_name' => mb_substr($name, 0, 500),
            'team' => $team === null ? null : mb_substr($team, 0, 200),
            'id' => $message->headers()['Message-ID'] ?? null,
        ] + $this->template($response), static function ($value): bool { return $value !== null && $value !== ''; });
    }

    /** The draft, its markup, and what is quoted in it as plain text. */
    private function written(Mail_mime $message): array
    {
        // Roundcube has one charset for all parts of a mail.
        $charset = (string) ($message->getParam('html_charset') ?: RCUBE_CHARSET);
        $html = rcube_charset::convert((string) $message->getHTMLBody(), $charset, RCUBE_CHARSET);
        if ($html !== '') {
            [$own, $quoted] = $this->history->of_html($html);

            return [$own, 'html', $this->first_hand(self::plain($quoted))];
        }
        $text = rcube_charset::convert((string) $message->getTXTBody(), $charset, RCUBE_CHARSET);
        if (strpos((string) $message->getParam('text_charset'), 'format=flowed') !== false) {
            $text = rcube_mime::unfold_flowed($text);
        }
        [$own, $quoted] = $this->history->of_text($text);

        return [$own, 'text', $this->first_hand($quoted)];
    }

    /** What somebody wrote themselves in a mail, without what they quote in their turn. */
    private function first_hand(string $text): string
    {
        return $this->history->of_text($text, true)[0];
    }

    /**
     * The mail that is answered, when it is a customer's: their name and address, and what they wrote.
     *
     * @return string[]|null
     */
    private function original(): ?array
    {
        $uid = (string) ($this->compose['reply_uid'] ?? '');
        if (!preg_match('/^\d+$/', $uid)) {
            return null;
        }
        $storage = $this->rcmail->get_storage();
        $folder = $storage->get_folder();
        $mail = new rcube_message($uid, $this->compose['mailbox'] ?? null);
        $storage->set_folder($folder);
        $address = (string) ($mail->sender['mailto'] ?? '');
        if (empty($mail->headers) || $this->is_own($address) || $this->is_colleague($address)) {
            return null;
        }

        return [
            'name' => self::name((string) $mail->get_header('from')),
            'address' => $address,
            'text' => $this->first_hand((string) $mail->first_text_part()),
        ];
    }

    private function is_own(string $address): bool
    {
        foreach ($this->rcmail->user->list_identities() as $identity) {
            if (strcasecmp((string) $identity['email'], $address) === 0) {
                return true;
            }
        }

        return false;
    }

    /** The canned response that was put in. */
    private function template(string $id): array
    {
        $response = $id === '' ? null : $this->rcmail->get_compose_response($id);
        if (empty($response['data'])) {
            return [];
        }
        $text = (string) $response['data'];

        return [
            'template' => empty($response['is_html']) ? $text : self::plain($text),
            'template_id' => mb_substr((string) $response['name'], 0, 200),
        ];
    }

    /** The first name in a list of addresses; empty: none has one. */
    private static function name(string $addresses): string
    {
        foreach (rcube_mime::decode_address_list($addresses, null, true) as $each) {
            if ($each['name'] !== '' && strpos($each['name'], '@') === false) {
                return $each['name'];
            }
        }

        return '';
    }

    private static function is_among(string $address, string $addresses): bool
    {
        $all = rcube_mime::decode_address_list($addresses, null, true, null, true);

        return in_array(strtolower($address), array_map('strtolower', $all), true);
    }

    private static function plain(string $html): string
    {
        return $html === '' ? '' : (new rcube_html2text($html, false, rcube_html2text::LINKS_NONE, 0))->get_text();
    }

    private static function is_blank(string $text): bool
    {
        return preg_match('/[\p{L}\p{N}]/u', html_entity_decode(strip_tags($text), ENT_QUOTES, 'UTF-8')) !== 1;
    }
}
