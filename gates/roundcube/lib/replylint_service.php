<?php

/** Asks the service. */

declare(strict_types=1);

/** Why there is no answer: a word or two that hold nothing of the reply. */
class replylint_failure extends Exception
{
}

class replylint_service
{
    /** libcurl's number for a time that is over. */
    private const TIMED_OUT = 28;

    /** @var GuzzleHttp\Client */
    private $client;

    /** @var string */
    private $url;

    /** @var string */
    private $token;

    /** @param string $token the bearer token; empty: none */
    public function __construct(GuzzleHttp\Client $client, string $url, string $token)
    {
        $this->client = $client;
        $this->url = rtrim($url, '/');
        $this->token = $token;
    }

    /**
     * The options of the client that the service is asked with.
     *
     * @param float $seconds for everything, connecting included
     */
    public static function options(float $seconds): array
    {
        return [
            'timeout' => $seconds,
            'connect_timeout' => $seconds,
            'http_errors' => false,
            // The text goes to the address that was configured and nowhere else.
            'allow_redirects' => false,
            'expect' => false,
        ];
    }

    /**
     * The answer on a draft.
     *
     * @throws replylint_failure when there is none
     */
    public function check(array $question): array
    {
        $flags = JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES;
        $headers = ['Content-Type' => 'application/json', 'Accept' => 'application/json'];
        if ($this->token !== '') {
            $headers['Authorization'] = 'Bearer ' . $this->token;
        }
        try {
            $answer = $this->client->request('POST', $this->url . '/v1/check', [
                'headers' => $headers,
                'body' => json_encode($question, $flags),
            ]);
        }
        catch (GuzzleHttp\Exception\GuzzleException $error) {
            // The message may quote what was sent, so that only its kind is told.
            throw new replylint_failure(self::kind($error));
        }
        if ($answer->getStatusCode() !== 200) {
            throw new replylint_failure('status ' . $answer->getStatusCode());
        }

        return self::read((string) $answer->getBody());
    }

    private static function read(string $body): array
    {
        $answer = json_decode($body, true);
        $verdict = is_array($answer) ? $answer['verdict'] ?? null : null;
        if (!in_array($verdict, ['pass', 'warn', 'block'], true) || !is_bool($answer['checked'] ?? null)) {
            throw new replylint_failure('no answer of replylint');
        }

        return $answer;
    }

    private static function kind(Throwable $error): string
    {
        $timed_out = method_exists($error, 'getHandlerContext')
            && ($error->getHandlerContext()['errno'] ?? 0) === self::TIMED_OUT;

        return $timed_out ? 'timeout' : basename(strtr(get_class($error), '\\', '/'));
    }
}
