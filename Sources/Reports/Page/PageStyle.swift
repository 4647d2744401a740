/// The style sheet: light and dark, on a phone, on a desk and in print.
enum PageStyle {
    // Without '<' and '&', because the page is XML, too.
    static let sheet: HTML = """

        :root{--bg:#f4f5f7;--card:#fff;--ink:#1b1f24;--soft:#5c6672;--line:#dfe3e8;--row:#eceff3;--link:#0b62c4;
        --c1:#2f9e5f;--c2:#3b82d6;--c3:#e0702f;--good:#1d7f48;--goodbg:#dff5e8;--warn:#8a5a00;--warnbg:#fff0cc;--bad:#b3261e;--badbg:#fde3e1}
        @media (prefers-color-scheme:dark){:root{--bg:#111418;--card:#1a1f25;--ink:#e8ecf1;--soft:#98a3b0;--line:#2c343d;--row:#262d36;
        --link:#7db7ff;--c1:#4cc38a;--c2:#66a6f0;--c3:#f0915a;--good:#7fe0ab;--goodbg:#153a27;--warn:#ffd27a;--warnbg:#40300a;--bad:#ff9d95;--badbg:#471a17}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        header,main,footer{max-width:1080px;margin:0 auto;padding:0 16px}
        header{padding-top:28px}
        .brand{margin:0;color:var(--soft);font-size:.85rem;letter-spacing:.06em;text-transform:uppercase}
        h1{margin:0 0 20px;font-size:clamp(1.4rem,5vw,2rem);line-height:1.2;overflow-wrap:anywhere}
        h2{margin:0;font-size:1.25rem;line-height:1.3;overflow-wrap:anywhere}
        h3{margin:0 0 8px;font-size:1rem}
        a{color:var(--link)}
        .note{color:var(--soft);font-size:.85rem;font-weight:400}
        p.note{margin:4px 0 0;overflow-wrap:anywhere}
        .input{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin:0 0 20px}
        .badge{display:inline-block;vertical-align:middle;padding:1px 10px;border-radius:99px;font-size:.78rem;font-weight:600;white-space:nowrap}
        .good{color:var(--good);background:var(--goodbg)}.warn{color:var(--warn);background:var(--warnbg)}.bad{color:var(--bad);background:var(--badbg)}
        .problems{margin:14px 0 0;padding:10px 14px 10px 32px;border-radius:8px;background:var(--warnbg);color:var(--warn);overflow-wrap:anywhere}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:18px 0}
        .figures div{border:1px solid var(--line);border-radius:10px;padding:10px 12px}
        .figures dt{color:var(--soft);font-size:.82rem}
        .figures dd{margin:0;font-size:1.35rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
        .figures .note{display:block}
        .chart{margin:22px 0 0}
        figcaption{margin:0 0 8px}
        .key{white-space:nowrap;margin-left:10px;font-size:.85rem}
        .key:before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.35em;background:currentColor}
        .key.c1{color:var(--c1)}.key.c2{color:var(--c2)}.key.c3{color:var(--c3)}
        .plot{display:grid;grid-template-columns:4rem 1fr;gap:8px}
        .plot svg{display:block;width:100%;height:120px;overflow:visible}
        .scale{display:flex;flex-direction:column;justify-content:space-between;text-align:right;color:var(--soft);font-size:.75rem;line-height:1;
        margin:-.4em 0;font-variant-numeric:tabular-nums}
        .axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.75rem;font-variant-numeric:tabular-nums;padding-top:4px}
        .grid{stroke:var(--line);stroke-width:1;fill:none;vector-effect:non-scaling-stroke}
        .area.c1{fill:var(--c1);opacity:.55}.area.c2{fill:var(--c2);opacity:.55}
        .line{fill:none;stroke-width:1.25;vector-effect:non-scaling-stroke}.line.c3{stroke:var(--c3)}
        .row{display:grid;grid-template-columns:minmax(5rem,9rem) 1fr 3.2rem;gap:8px;align-items:center;margin:0 0 4px}
        .row svg{display:block;width:100%;height:24px;background:var(--row);border-radius:4px}
        .name{font-size:.9rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
        .total{font-size:.85rem;color:var(--soft);text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        details{margin:10px 0 0}
        summary{cursor:pointer;color:var(--link);font-size:.9rem}
        details .rows{margin-top:10px}
        .scroll{overflow-x:auto;margin-top:8px}
        table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
        th,td{padding:6px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
        th:first-child,td:first-child{text-align:left}
        tbody th{font-weight:500}
        thead th{color:var(--soft);font-weight:500;font-size:.82rem}
        .gallery{margin:26px 0 0}
        .gallery ul{list-style:none;margin:8px 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px}
        .gallery li{border:1px solid var(--line);border-radius:10px;overflow:hidden;padding-bottom:8px}
        .gallery img{display:block;width:100%;height:auto;margin-bottom:6px}
        .gallery b,.gallery li .note{display:block;padding:0 10px;overflow-wrap:anywhere}
        .gallery li b:first-child{padding-top:8px}
        footer{padding-bottom:32px}
        @media (min-width:720px){.gallery ul{grid-template-columns:repeat(auto-fill,minmax(220px,1fr))}}
        @media (max-width:480px){.input{padding:14px;border-radius:10px}header,main,footer{padding-left:10px;padding-right:10px}
        .figures{grid-template-columns:repeat(2,1fr)}.plot{grid-template-columns:2.9rem 1fr}.row{grid-template-columns:4.4rem 1fr 2.6rem}
        .axis span:nth-child(even){display:none}
        th,td{padding:6px}tbody th{white-space:normal;overflow-wrap:anywhere;min-width:8.5rem}}
        @media print{body{background:none}.input{break-inside:auto;border:0;padding:0}}

        """
}
