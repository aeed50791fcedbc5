/** How the index page looks: on a screen by day and by night, and on paper. No font and no image is loaded. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #59636e; --line: #d1d9e0; --field: #f6f8fa;
  --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9198a1; --line: #3d444d;
  --field: #151b23; --good: #3fb950; --bad: #ff7b72; --warn: #d29922; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .5rem 0; max-width: 60rem; }
.verdict { border-left: .35rem solid var(--tone); background: var(--field); padding: .75rem 1rem; margin: 1rem 0; }
.verdict strong { color: var(--tone); }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .warn { --tone: var(--warn); }
.mark { color: var(--tone); font-weight: 600; overflow-wrap: normal; }
.faint { color: var(--faint); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
caption { text-align: left; color: var(--faint); padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
thead th { background: var(--field); font-weight: 600; overflow-wrap: normal; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
table.facts { table-layout: fixed; } table.facts th { width: 11rem; font-weight: 600; }
th[scope=row] { overflow-wrap: normal; }
table.items { table-layout: fixed; } table.items th.key { width: 46%; } table.items th.size { width: 7.5rem; }
table.items th.at { width: 9rem; } tr:target { background: var(--field); }
code, .hash, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .85em; }
.hash { color: var(--faint); overflow-wrap: anywhere; }
pre { background: var(--field); border: 1px solid var(--line); padding: .6rem .8rem; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
bdi { unicode-bidi: isolate; } bdi i { color: var(--warn); font-style: normal; font-size: .85em; padding: 0 .15em;
  border: 1px solid var(--line); border-radius: 3px; }
details { margin: .6rem 0; border: 1px solid var(--line); border-radius: 6px; padding: 0 .9rem; }
summary { cursor: pointer; padding: .55rem 0; font-weight: 600; }
details[open] summary { border-bottom: 1px solid var(--line); margin-bottom: .4rem; }
ul { margin: .3rem 0; padding-left: 1.3rem; } li { margin: .15rem 0; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--warn); outline-offset: 2px; }
@media (max-width: 40rem) { table.facts th { width: 7rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } details { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  thead { display: table-header-group; } tr { break-inside: avoid; } .scroll { overflow: visible; } }
`;
