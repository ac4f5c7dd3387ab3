<?php

/** Parts what somebody wrote from the mail that is quoted with it. */

declare(strict_types=1);

class replylint_history
{
    /** Languages in which Roundcube's own lines before quoted mail are known, beside the agent's. */
    private const LANGUAGES = ['en_US', 'hr_HR', 'bs_BA', 'sr_CS', 'nl_NL', 'nl_BE', 'ru_RU'];

    /** A line longer than this many bytes is no line of Roundcube's. */
    private const LONGEST = 600;

    /** How a line that opens quoted mail ends in other mail programs: with a colon, after a time or an address. */
    private const FOREIGN = '/(?:@|\d{1,2}[:.]\d{2}|\b(?:19|20)\d{2}\b).*:$/su';

    /** @var string Regular expression of “On …, … wrote:” */
    private $intro;

    /** @var string Regular expression of “-------- Original Message --------” */
    private $divider;

    /** @param string $language the agent's, as Roundcube names it */
    public function __construct(string $language)
    {
        $intros = $dividers = [];
        foreach (array_unique(array_merge([$language], self::LANGUAGES)) as $each) {
            $labels = self::labels($each);
            $intros[] = self::pattern($labels['mailreplyintro'] ?? '');
            $dividers[] = self::pattern($labels['originalmessage'] ?? '');
        }
        $this->intro = '/^(?:' . implode('|', array_unique(array_filter($intros))) . ')$/su';
        $this->divider = '/^-{4,}\s*(?:' . implode('|', array_unique(array_filter($dividers))) . ')\s*-{4,}$/su';
    }

    /**
     * What was written in a plain text, and what is quoted in it.
     *
     * @param bool $foreign whether it may come from any mail program
     *
     * @return string[]
     */
    public function of_text(string $text, bool $foreign = false): array
    {
        $own = $quoted = [];
        $lines = preg_split('/\r\n|\r|\n/', $text);
        foreach ($lines as $place => $line) {
            if (preg_match($this->divider, self::flat($line))) {
                $quoted = array_merge($quoted, self::without_head(array_slice($lines, $place + 1)));
                break;
            }
            if (preg_match('/^ ?>/', $line)) {
                $own = $this->without_intro($own, $foreign);
                $quoted[] = preg_replace('/^ ?> ?/', '', $line);
            }
            else {
                $own[] = $line;
            }
        }
        // An empty mail leaves the line before it alone, without anything quoted.
        $own = array_filter($own, function (string $line): bool { return !$this->is_intro($line); });

        return [trim(implode("\n", $own)), trim(implode("\n", $quoted))];
    }

    /**
     * What was written in HTML, as HTML, and what is quoted in it, as HTML.
     *
     * @return string[]
     */
    public function of_html(string $html): array
    {
        $body = self::parsed($html);
        if (!$body) {
            return [$html, ''];
        }
        $quoted = '';
        foreach (self::found($body, './/blockquote[not(ancestor::blockquote)]') as $quote) {
            $quoted .= self::inner($quote);
            $quote->parentNode->removeChild($quote);
        }
        foreach (self::found($body, './/*[self::p or self::div or self::pre][not(.//p or .//div or .//pre)]') as $block) {
            if ($block->getAttribute('id') === 'reply-intro' || $this->is_intro($block->textContent)) {
                $block->parentNode->removeChild($block);
            }
            elseif (preg_match($this->divider, self::flat($block->textContent))) {
                $quoted .= self::cut($block, $body);
                break;
            }
        }

        return [self::inner($body), $quoted];
    }

    private function is_intro(string $line): bool
    {
        return strlen($line) <= self::LONGEST && preg_match($this->intro, self::flat($line)) === 1;
    }

    /**
     * Lines without the one that opens the quoted mail after them; it may have been broken into several.
     *
     * @param string[] $lines
     *
     * @return string[]
     */
    private function without_intro(array $lines, bool $foreign): array
    {
        $kept = $lines;
        while ($kept && trim(end($kept)) === '') {
            array_pop($kept);
        }
        for ($joined = '', $count = 0; $count < 3 && $kept && trim(end($kept)) !== ''; $count++) {
            $joined = trim(array_pop($kept)) . ' ' . $joined;
            if ($this->is_intro($joined) || ($foreign && preg_match(self::FOREIGN, trim($joined)))) {
                return $kept;
            }
        }

        return $lines;
    }

    /**
     * Quoted lines without the mail's headers, which stand before the first empty line.
     *
     * @param string[] $lines
     *
     * @return string[]
     */
    private static function without_head(array $lines): array
    {
        $empty = array_search('', array_map('trim', $lines), true);

        return $empty === false ? $lines : array_slice($lines, $empty + 1);
    }

    /** Takes an element and all that follows out of the page; returns what followed, without the mail's headers. */
    private static function cut(DOMElement $from, DOMElement $body): string
    {
        $html = '';
        for ($node = $from; $node !== $body; $node = $node->parentNode) {
            while ($node->nextSibling) {
                $next = $node->parentNode->removeChild($node->nextSibling);
                $html .= $next->nodeName === 'table' && $html === '' ? '' : $next->ownerDocument->saveHTML($next);
            }
        }
        $from->parentNode->removeChild($from);

        return $html;
    }

    /**
     * Elements, in a list that stays as it is while they are taken out.
     *
     * @return DOMElement[]
     */
    private static function found(DOMElement $body, string $path): array
    {
        return iterator_to_array((new DOMXPath($body->ownerDocument))->query($path, $body), false);
    }

    private static function parsed(string $html): ?DOMElement
    {
        $document = new DOMDocument();
        $before = libxml_use_internal_errors(true);
        // What the page says of its encoding no longer holds, and letters that are references need none.
        $ascii = mb_encode_numericentity($html, [0x80, 0x10FFFF, 0, 0x1FFFFF], 'UTF-8');
        $document->loadHTML('<?xml encoding="UTF-8">' . $ascii, LIBXML_NONET | LIBXML_PARSEHUGE);
        libxml_clear_errors();
        libxml_use_internal_errors($before);
        $document->encoding = 'UTF-8';

        return $document->getElementsByTagName('body')->item(0);
    }

    private static function inner(DOMElement $element): string
    {
        $html = '';
        foreach ($element->childNodes as $child) {
            $html .= $element->ownerDocument->saveHTML($child);
        }

        return trim($html);
    }

    /** A label as a regular expression; Roundcube's dates have a time of day, which few sentences before a colon have. */
    private static function pattern(string $label): string
    {
        $pattern = preg_replace('/\s+/', '\s+', preg_quote(trim($label), '/'));

        return strtr($pattern, ['\$date' => '.*?\d[:.]\d\d.*?', '\$sender' => '.+?']);
    }

    private static function flat(string $text): string
    {
        return strlen($text) > self::LONGEST ? '' : trim(preg_replace('/[\s\x{a0}]+/u', ' ', $text) ?? '');
    }

    /** Roundcube's own words in a language. */
    private static function labels(string $language): array
    {
        $labels = [];
        $file = RCUBE_LOCALIZATION_DIR . basename($language) . '/labels.inc';
        if (is_file($file)) {
            include $file;
        }

        return $labels;
    }
}
