<?php

/**
 * Holds back mail to customers that breaks a rule of replylint.
 *
 * See README.md for how to install it and config.inc.php.dist for its settings.
 *
 * @license MIT
 */

declare(strict_types=1);

require_once __DIR__ . '/lib/replylint_history.php';
require_once __DIR__ . '/lib/replylint_question.php';
require_once __DIR__ . '/lib/replylint_service.php';

class replylint extends rcube_plugin
{
    public $task = 'mail';

    /** @var rcmail */
    private $rcmail;

    /** @var Mail_mime|null the mail that is being sent, before another plugin encrypts it */
    private $composed;

    /** @var bool whether the mail leaves without having been checked */
    private $unchecked = false;

    public function init(): void
    {
        $this->rcmail = rcmail::get_instance();
        $this->load_config();
        $this->add_hook('message_outgoing_body', [$this, 'remember']);
        $this->add_hook('message_before_send', [$this, 'gate']);
        $this->add_hook('message_sent', [$this, 'tell_unchecked']);
        if (in_array($this->rcmail->action, ['', 'compose'], true) && $this->rcmail->output->type === 'html') {
            $this->include_script('replylint.js');
            $this->include_stylesheet('skins/elastic/replylint.css');
        }
    }

    /** Plugins that encrypt put another object in the mail's place, in which no text can be read. */
    public function remember(array $args): array
    {
        $this->composed = $args['message'];

        return $args;
    }

    /** Lets a mail leave, or keeps it in the compose window. */
    public function gate(array $args): array
    {
        if (!empty($args['abort']) || !$this->is_written($args['message'])) {
            return $args;
        }
        $start = microtime(true);
        $answer = $failure = null;
        try {
            $question = new replylint_question($this->rcmail, $this->compose(), (array) $this->setting('colleagues'));
            $answer = self::is_internal($args, $question) ? null : $this->answer($args, $question);
        }
        catch (Throwable $error) {
            $failure = $error instanceof replylint_failure ? $error->getMessage() : get_class($error);
        }
        if ($answer || $failure) {
            $this->log($args['message'], $answer, $failure, microtime(true) - $start);
        }
        if ($failure) {
            $answer = ['verdict' => $this->setting('fail') === 'closed' ? 'block' : 'pass', 'checked' => false];
        }

        return $answer ? $this->settled($args, $answer) : $args;
    }

    /** Says after the sending that the mail was not checked. */
    public function tell_unchecked(array $args): array
    {
        if ($this->unchecked) {
            $this->unchecked = false;
            $this->rcmail->output->command('plugin.replylint.unchecked', ['text' => $this->say('not_checked')]);
        }

        return $args;
    }

    /** Whether this is the mail of the compose window, and not one that a program sends, a receipt or a bounce. */
    private function is_written(object $message): bool
    {
        $headers = array_change_key_case($message->headers());

        return $this->rcmail->task === 'mail'
            && $this->rcmail->action === 'send'
            && ($headers['message-id'] ?? '') === ($this->compose()['param']['message-id'] ?? null)
            && strtolower($headers['auto-submitted'] ?? 'no') === 'no';
    }

    /** Whether all recipients are colleagues. */
    private static function is_internal(array $args, replylint_question $question): bool
    {
        $headers = $args['message']->headers();
        $addresses = [];
        foreach ([$args['mailto'], $headers['Cc'] ?? '', $headers['Bcc'] ?? ''] as $list) {
            array_push($addresses, ...array_values(rcube_mime::decode_address_list($list, null, true, null, true)));
        }
        foreach ($addresses as $address) {
            if (!$question->is_colleague($address)) {
                return false;
            }
        }

        return $addresses !== [];
    }

    /**
     * What the service says of a mail; null when the agent has written nothing.
     *
     * @throws replylint_failure when there is no answer
     */
    private function answer(array $args, replylint_question $question): ?array
    {
        if (isset($_POST['_pgpmime'])) {
            throw new replylint_failure('encrypted in the browser');
        }
        $asked = $question->about(
            $this->composed ?? $args['message'],
            (string) $args['mailto'],
            $this->team((string) $args['from']),
            $this->posted('response')
        );
        if ($asked === null) {
            return null;
        }
        $override = $this->override();
        $timeout = (float) $this->setting('timeout');
        $client = $this->rcmail->get_http_client(replylint_service::options($timeout));
        $service = new replylint_service($client, (string) $this->setting('url'), (string) $this->setting('token'));

        return $service->check($asked + ($override ? ['override' => $override] : []));
    }

    /** What follows from an answer. */
    private function settled(array $args, array $answer): array
    {
        if ($answer['verdict'] === 'pass') {
            $this->unchecked = !$answer['checked'];

            return $args;
        }
        $token = $answer['checked'] ? (string) ($answer['override_token'] ?? '') : '';
        $title = $this->title($answer, $token);
        $text = $answer['checked'] ? (string) ($answer['dialog_text'] ?? '') : '';
        $this->rcmail->output->command('plugin.replylint.held', [
            'kind' => $answer['checked'] ? $answer['verdict'] : 'held',
            'title' => $title,
            'findings' => array_values(array_filter(array_map([$this, 'without_bullet'], explode("\n", $text)))),
            'findings_lang' => (string) ($answer['lang'] ?? ''),
            'lang' => strtr($this->language(), ['sr-Cyrl' => 'sr', 'sr' => 'sr-Latn']),
            'change' => $token === '' && $answer['checked'] ? $this->say('change') : '',
            'token' => $token,
            'fault' => $this->is_reason_missing() && $token !== '' ? $this->say('reason_missing') : '',
            'words' => $this->words(['reason', 'reason_missing', 'send_anyway', 'back']),
        ]);
        $args['abort'] = true;
        $args['result'] = false;
        // Shown as a passing message where the panel cannot be, and Roundcube takes it for HTML.
        $args['error'] = rcube::Q(trim("$title $text"));

        return $args;
    }

    private function title(array $answer, string $token): string
    {
        if (!$answer['checked']) {
            return $this->say('held');
        }
        if ($this->override() && !empty($answer['reason'])) {
            return $this->say('not_logged');
        }

        return $this->say($answer['verdict'] === 'warn' || $token !== '' ? 'warned' : 'refused');
    }

    /** The agent's reason for sending all the same, or null. */
    private function override(): ?array
    {
        if ($this->posted('token') === '' || $this->is_reason_missing()) {
            return null;
        }

        return [
            'token' => $this->posted('token'),
            'reason' => mb_substr($this->posted('reason'), 0, 500),
            'agent' => mb_substr((string) $this->rcmail->get_user_name(), 0, 200),
        ];
    }

    private function is_reason_missing(): bool
    {
        return $this->posted('token') !== '' && mb_strlen($this->posted('reason')) < 3;
    }

    /** Whose policy holds for mail from an address; null: the general one. */
    private function team(string $from): ?string
    {
        $address = strtolower($from);
        $setting = $this->setting('team');
        if (is_array($setting)) {
            $teams = array_change_key_case($setting);

            return $teams[$address] ?? $teams[self::domain($address)] ?? null;
        }

        return ['identity' => $address, 'domain' => self::domain($address)][$setting] ?? null;
    }

    private function log(Mail_mime $message, ?array $answer, ?string $failure, float $seconds): void
    {
        $rules = [];
        foreach ($answer['findings'] ?? [] as $finding) {
            if (($finding['action'] ?? '') !== 'show') {
                $rules[(string) $finding['rule']] = true;
            }
        }
        rcube::write_log('replylint', sprintf(
            'id=%s verdict=%s checked=%s overridden=%s rules=%s seconds=%.3f%s',
            $message->headers()['Message-ID'] ?? '-',
            $answer['verdict'] ?? '-',
            !empty($answer['checked']) ? 'yes' : 'no',
            !empty($answer['overridden']) ? 'yes' : 'no',
            implode(',', array_keys($rules)) ?: '-',
            $seconds,
            $failure === null ? '' : " failure=\"$failure\""
        ));
    }

    private function setting(string $name)
    {
        $unset = [
            'url' => 'http://127.0.0.1:8787',
            'token' => '',
            'timeout' => 3.0,
            'fail' => 'open',
            'colleagues' => [],
            'team' => null,
        ];

        return $this->rcmail->config->get("replylint_$name", $unset[$name]);
    }

    private function posted(string $name): string
    {
        return trim((string) rcube_utils::get_input_string("_replylint_$name", rcube_utils::INPUT_POST, true));
    }

    /** Roundcube's record of the compose window that the mail comes from. */
    private function compose(): array
    {
        $id = rcube_utils::get_input_string('_id', rcube_utils::INPUT_GPC);

        return (array) ($_SESSION['compose_data_' . $id] ?? []);
    }

    /** The agent's language, as words.json names it. */
    private function language(): string
    {
        // Roundcube has Serbian in Cyrillic only, and gives whoever asks for it in Latin letters the Bosnian words.
        $known = ['sr_CS' => 'sr-Cyrl', 'sr_Cyrl' => 'sr-Cyrl', 'bs_BA' => 'sr'];
        $language = (string) ($_SESSION['language'] ?? 'en_US');
        $code = $known[$language] ?? substr($language, 0, 2);

        return isset(self::all_words()[$code]) ? $code : 'en';
    }

    private function say(string $key): string
    {
        return self::all_words()[$this->language()][$key];
    }

    private static function all_words(): array
    {
        static $words = null;

        return $words = $words ?? json_decode(file_get_contents(__DIR__ . '/words.json'), true);
    }

    private function words(array $keys): array
    {
        return array_combine($keys, array_map([$this, 'say'], $keys));
    }

    private function without_bullet(string $line): string
    {
        return trim(preg_replace('/^•\s*/u', '', $line) ?? $line);
    }

    private static function domain(string $address): string
    {
        return (string) substr((string) strrchr($address, '@'), 1);
    }
}
