"""What HTML elements do to the lines of a text."""

from __future__ import annotations


def named(names: str) -> frozenset[str]:
    """The names in a string."""
    return frozenset(names.split())


PARAGRAPHS = named("blockquote dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
"""Elements with an empty line before and after them."""

BLOCKS = PARAGRAPHS | named(
    "address article aside body caption center dd details dialog dir div dt fieldset figcaption figure footer form "
    "header hgroup html legend li main menu nav optgroup option search section summary tbody td tfoot th thead title "
    "tr"
)
"""Elements that begin and end a line. Cells of a table are among them, since no sentence goes on in the next one."""

VOID = named("area base br col embed hr img input link meta param source track wbr")
"""Elements that hold nothing and have no end."""

RAW = named("iframe noembed noframes script style title xmp")
"""Elements whose inside is no markup, and is not part of a page's text."""

OF_HEAD = named("base basefont bgsound head html link meta noscript object template") | RAW
"""Elements that do not end the head of a page."""

_INLINE = named(
    "a abbr acronym audio b bdi bdo big button canvas cite code colgroup data datalist del dfn em font i ins kbd label "
    "map mark meter nobr object output picture progress q rp rt ruby s samp select slot small span strike strong sub "
    "sup svg template textarea time tt u var video"
)

NAMES = BLOCKS | VOID | RAW | OF_HEAD | _INLINE
"""Every element there is, so that a blank such as <name> is not taken for one."""
