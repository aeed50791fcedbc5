/** The page's style sheet: one column, light and dark, from a phone's width upwards. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f7f9; --ink: #1c2127; --quiet: #57606a; --line: #d5dae0;
  --accent: #0b5cad; --good: #1a7f4b; --bad: #b3261e; --warn: #8a5a00; --wait: #c9a227;
  --good-tint: #e3f4ea; --bad-tint: #fbe6e4; --warn-tint: #fdf3d8; --code: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161b; --panel: #1a2027; --ink: #e4e9ee; --quiet: #9aa6b2; --line: #323b45;
    --accent: #79b8ff; --good: #5cc98b; --bad: #ff8a80; --warn: #e7bd5b; --wait: #b8922a;
    --good-tint: #163526; --bad-tint: #421d1b; --warn-tint: #3a2f12; --code: #262e37;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.9rem; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 .9rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--accent); }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .86em; }
code { background: var(--code); padding: .12em .35em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
.quiet { color: var(--quiet); }
.eyebrow { color: var(--quiet); font-size: .85rem; letter-spacing: .04em; margin: 0 0 .3rem; }
.pill { display: inline-block; padding: .08rem .6rem; border-radius: 99px; font-size: .82rem; font-weight: 600; white-space: nowrap; }
.good { background: var(--good-tint); color: var(--good); }
.bad { background: var(--bad-tint); color: var(--bad); }
.neutral { background: var(--panel); color: var(--quiet); border: 1px solid var(--line); }
.warn { background: var(--warn-tint); color: var(--warn); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.figures li { background: var(--panel); border-radius: 8px; padding: .8rem 1rem; }
.figures b { display: block; white-space: nowrap; font-size: 1.3rem; font-variant-numeric: tabular-nums; line-height: 1.3; }
.figures span { color: var(--quiet); font-size: .85rem; }
.note { border-left: 4px solid var(--line); background: var(--panel); border-radius: 0 8px 8px 0; padding: .7rem 1rem; margin: 1rem 0; }
.note.bad { border-color: var(--bad); color: inherit; background: var(--bad-tint); }
.note.warn { border-color: var(--warn); color: inherit; background: var(--warn-tint); }
.note p { margin: .25rem 0; max-width: none; white-space: pre-line; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: .8rem 0; -webkit-overflow-scrolling: touch; }
table { border-collapse: collapse; font-size: .92rem; min-width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.key { overflow-wrap: anywhere; min-width: 16rem; }
td.digest { min-width: 17rem; overflow-wrap: anywhere; color: var(--quiet); }
.lanes { margin: 1rem 0 .4rem; }
.lane { display: grid; grid-template-columns: 8.5rem 1fr; align-items: center; gap: .8rem; min-height: 1.9rem; }
.lane > span { font-size: .88rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lane svg { display: block; width: 100%; height: 1.35rem; background: var(--panel); border-radius: 4px; overflow: visible; }
.axis { position: relative; height: 1.3rem; font-size: .78rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
.axis i { position: absolute; transform: translateX(-50%); font-style: normal; white-space: nowrap; }
.axis i:first-child { transform: none; }
.axis i:last-child { transform: translateX(-100%); }
.run-ok { fill: var(--good); } .run-bad { fill: var(--bad); } .run-off { fill: var(--quiet); }
.waits { fill: var(--wait); }
.tick { stroke: var(--accent); stroke-width: 1; opacity: .7; vector-effect: non-scaling-stroke; }
.tick.changing { stroke: var(--bad); stroke-width: 2.5; opacity: 1; }
.tick.failed { stroke: var(--warn); opacity: .9; }
.mark { stroke: var(--ink); stroke-width: 2; vector-effect: non-scaling-stroke; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .82rem; color: var(--quiet); margin: .6rem 0 0; padding: 0; list-style: none; }
.legend svg { width: .9rem; height: .7rem; margin-right: .35rem; vertical-align: -.05rem; }
ol.story { list-style: none; margin: 1.2rem 0 0; padding: 0; }
ol.story li { display: grid; grid-template-columns: 4.6rem 1fr; gap: .8rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
ol.story time { color: var(--quiet); font-variant-numeric: tabular-nums; font-size: .88rem; padding-top: .1rem; }
.issue { border: 1px solid var(--line); border-radius: 10px; margin: 1rem 0 2rem; overflow: hidden; }
.issue > header { padding: 1rem 1.2rem; border-bottom: 1px solid var(--line); background: var(--panel); }
.issue > header h3 { margin: 0 0 .4rem; font-size: 1.2rem; overflow-wrap: anywhere; }
.labels { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; }
.label { border: 1px solid var(--line); background: var(--paper); border-radius: 99px; padding: .02rem .6rem; font-size: .78rem; }
.comment { border-top: 1px solid var(--line); }
.comment > header { padding: .5rem 1.2rem; background: var(--panel); font-size: .86rem; color: var(--quiet); }
.markdown { padding: .6rem 1.2rem 1rem; overflow-wrap: anywhere; }
.markdown h1 { font-size: 1.35rem; } .markdown h2 { font-size: 1.15rem; margin-top: 1.6rem; } .markdown h3 { font-size: 1rem; }
.markdown td { overflow-wrap: break-word; }
.markdown p, .markdown ul, .markdown ol { max-width: none; }
.markdown li > input { margin: 0 .4rem 0 0; }
.markdown blockquote { margin: .6rem 0; padding: 0 0 0 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
.markdown li:has(> input), .markdown li:has(> p > input) { list-style: none; margin-left: -1.4rem; }
.alert { border-left: 4px solid var(--accent); padding: .2rem 0 .2rem 1rem; margin: .8rem 0; }
.alert > strong { color: var(--accent); }
.alert p { margin: .2rem 0; }
.alert.warning, .alert.caution { border-color: var(--warn); } .alert.warning > strong { color: var(--warn); }
.alert.caution { border-color: var(--bad); } .alert.caution > strong { color: var(--bad); }
.alert.tip { border-color: var(--good); } .alert.tip > strong { color: var(--good); }
.changes { table-layout: fixed; min-width: 44rem; }
.changes td { overflow-wrap: anywhere; }
.gone { text-decoration: underline dotted; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
ul.steps { list-style: none; margin: .4rem 0 .8rem; padding: 0; font-size: .92rem; }
ul.steps li { display: flex; justify-content: space-between; gap: 1rem; padding: .2rem 0; }
ul.steps li span:last-child { color: var(--quiet); white-space: nowrap; font-variant-numeric: tabular-nums; }
footer { margin-top: 3rem; color: var(--quiet); font-size: .88rem; }
@media (max-width: 40rem) {
  main { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .lane { grid-template-columns: 1fr; gap: .1rem; margin-bottom: .45rem; }
  .axis-row > span { display: none; }
  .markdown, .issue > header, .comment > header { padding-left: .9rem; padding-right: .9rem; }
}
@media print { .issue { break-inside: avoid; } }
`;
