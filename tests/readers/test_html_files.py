"""HTML: what a browser shows, each character with its place, however broken the markup is."""

from __future__ import annotations

import pytest

from tests.readers.reading import fault_of, letters, reply_of, source_of


def shown(source: str) -> str:
    return reply_of(source, "a.html").text.value


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("trebali</b>&nbsp;<i>ste", "trebali ste"),
        ("  Hi \n\t there  <b> you </b> all ", "Hi there you all"),
        ("<p>Hi</p><p>you</p>", "Hi\n\nyou"),
        ("<div>Hi</div><div>you</div>", "Hi\nyou"),
        ("<div>Hi<br></div><div><br></div><div>you</div>", "Hi\n\nyou"),
        ("<p>Hi</p><p>&nbsp;</p> <p>you", "Hi\n\nyou"),
        ("<div>Hi</div><div>&nbsp;</div><div>you</div>", "Hi\n\nyou"),
        ("Hi<br>you<br/>all<br><br><br>x</br>y", "Hi\nyou\nall\n\nx\ny"),
        ("Hi<ul><li>a</li><li><p>b</p></li><li></li></ul>c", "Hi\n\n- a\n\n- b\n\nc"),
        ("<ol>\n <li>a\n <li>b<ul><li>c</ul>\n</ol>", "- a\n- b\n\n- c"),
        ("<table><tr><td>Order<td>40518</tr><tr><td>x</table>", "Order\n40518\nx"),
        ("a &nbsp; b", "a   b"),
        ("a\u00a0b&#160;c&#xA0;d", "a b c d"),
        ("<pre>a  b\n\tc\r\nd</pre>e", "a  b\n\tc\nd\n\ne"),
        ("<pre>a&#10;b&#32; c</pre>", "a\nb  c"),
        ("a<span>b</span>c<o:p></o:p>", "abc"),
        ("<h1>a</h1>b<hr>c", "a\n\nb\n\nc"),
        ("a<wbr>b&shy;c&#8203;d", "abcd"),
    ],
)
def test_lines_and_spaces(source: str, text: str) -> None:
    assert shown(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<head>x<title>T</title><style>p{}</style></head><body>a", "a"),
        ("<head><meta charset=x><title>T</title><p>a", "a"),
        ("<script>if (a<b) '</p>'</script>a<SCRIPT>b</Script >c", "ac"),
        ("a<script>b", "a"),
        ("a<style>b</styles></style >c", "ac"),
        ("a<template>b<template>c</template>d</template>e</template>f", "aef"),
        ("a<!-- b -->c<!--->d<!---->e<!-- f --!>g<!-- h", "acdeg"),
        ("a<!doctype x>b<![CDATA[c]]>d<?php e ?>f</ g>h<![if !mso]>i<![endif]>", "abdfhi"),
        ("a<iframe>b</iframe><noframes>c</noframes>d", "ad"),
    ],
)
def test_what_is_not_shown(source: str, text: str) -> None:
    assert shown(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&a<b>c", "&ac"),
        ("a < b & c <3 <", "a < b & c <3 <"),
        ("a</", "a</"),
        ("a<b", "a"),
        ("&amp &ltb &notit; &notin; &amp;lt; &copy2026 &nope; &;&#;&#x;", "& <b ¬it; ∉ &lt; ©2026 &nope; &;&#;&#x;"),
        ("&#128;&#0;&#xD800;&#x110000;&#99999999999999999999;", "€\ufffd\ufffd\ufffd\ufffd"),
        ("a<p title='x>y' class=it's>b<i a=\"c>d</i>e", "a\n\nbde"),
        ("<a href=\"x\"y='z'>b</a></a></p></div></li>c", "b\n\nc"),
        ("<div/>a<blockquote><p>b", "a\n\n> b"),
        ("x<p\nclass\n=\n'>'\n>y", "x\n\ny"),
    ],
)
def test_broken_markup(source: str, text: str) -> None:
    assert shown(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi<blockquote>a<br>b<p>c</p><ul><li>d</ul></blockquote>e", "Hi\n\n> a\n> b\n\n> c\n\n> - d\n\ne"),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>d", "> a\n\n> b\n\n> c\n\nd"),
        ('Hi<div class="x gmail_quote y"><div>a</div>b</div>c', "Hi\n> a\n> b\nc"),
        ("Hi<div class=x_gmail_quote>a</div>c", "Hi\n> a\nc"),
        ("Hi<div class=gmail_quotes>a</div>c", "Hi\na\nc"),
        ("Hi<span class='gmail_quote'>a <span>b</span></span>c", "Hi\n> a b\nc"),
        ("Hi<div class=moz-cite-prefix>On Monday:<br></div><blockquote>a</blockquote>", "Hi\n> On Monday:\n\n> a"),
        ("Hi<div class='yahoo_quoted'>a</div><div class='protonmail_quote'>b</div>c", "Hi\n> a\n> b\nc"),
        ("Hi<div id=appendonsend></div><hr><div id=divRplyFwdMsg>From: b</div><p>a</p>", "Hi\n\n> From: b\n\n> a"),
        ("<div>Hi<div id='x_divRplyFwdMsg'>b</div></div>a", "Hi\n> b\n> a"),
        ("Hi<br class=gmail_quote>a", "Hi\na"),
        ("<div class=gmail_quote><blockquote>a</div>b</blockquote>c</div>d", "> a\n> b\n\n> c\nd"),
    ],
)
def test_quoted_mail(source: str, text: str) -> None:
    assert shown(source) == text


def test_places() -> None:
    source = (
        "<p>Hi <b>&Euml;va</b>,</p>\n<p>you&nbsp;should&#32;have</p><ul><li class='x'>told\n\t us</ul><blockquote>x"
    )
    reply = reply_of(source, "a.html")
    assert reply.source == source
    assert source_of(reply, "Hi Ëva") == "Hi <b>&Euml;va"
    assert source_of(reply, "you should have") == "you&nbsp;should&#32;have"
    assert letters(reply, "u should h") == ["u", "&nbsp;", *"should", "&#32;", "h"]
    assert letters(reply, ",\n\ny") == [",", "</p>", "</p>", "y"]
    assert letters(reply, "- told us") == ["", "", *"told", "\n\t ", *"us"]
    assert letters(reply, "> x") == ["", "", "x"]
    assert source_of(reply, "told us") == "told\n\t us"
    assert source_of(reply_of("trebali</b>&nbsp;<i>ste", "a.htm"), "trebali ste") == "trebali</b>&nbsp;<i>ste"


def test_places_of_references_without_semicolon() -> None:
    reply = reply_of("a&notit b&amp", "a.html")
    assert letters(reply, "a¬it b&") == ["a", "&not", "i", "t", " ", "b", "&amp"]


def test_nothing_to_read() -> None:
    assert fault_of("<p><img src=x></p><!-- a -->", "a.html").message.startswith("holds no text to check")


def test_depth_is_no_matter() -> None:
    assert shown("<div><blockquote>" * 20_000 + "a" + "</blockquote></div>" * 20_000 + "b") == "> a\n\nb"
