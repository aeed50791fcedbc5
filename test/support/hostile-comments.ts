/** Comments that look like commands and are none. */

const FENCE = "```";
/** Commands as they are to be written. */
export const GOOD = [
  "/ack",
  "/ack looking at it",
  "/confirm disable-account Disabled by Bo at 02:40 UTC",
  "/severity high users report missing data",
  "/status",
];

/** What somebody may put a command into. */
export const WRAPPINGS: [string, (command: string) => string][] = [
  ["a quoted reply", (command) => `> ${command}`],
  ["a quoted reply without a blank", (command) => `>${command}`],
  ["a quotation in a quotation", (command) => `> > ${command}`],
  ["a fenced code block", (command) => `${FENCE}\n${command}\n${FENCE}`],
  ["a fenced code block with a language", (command) => `${FENCE}sh\n${command}\n${FENCE}`],
  ["a tilde fence", (command) => `~~~\n${command}\n~~~`],
  ["an indented code block", (command) => `    ${command}`],
  ["a tab before it", (command) => `\t${command}`],
  ["a blank before it", (command) => ` ${command}`],
  ["inline code", (command) => `\`${command}\``],
  ["a list", (command) => `- ${command}`],
  ["a numbered list", (command) => `1. ${command}`],
  ["a task list", (command) => `- [ ] ${command}`],
  ["a table", (command) => `| ${command} |`],
  ["a heading", (command) => `# ${command}`],
  ["bold", (command) => `**${command}**`],
  ["a mention before it", (command) => `@oncall ${command}`],
  ["words before it", (command) => `please ${command}`],
  ["a line before it", (command) => `As agreed:\n${command}`],
  ["a blank line before it", (command) => `\n${command}`],
  ["a comment of HTML", (command) => `<!-- ${command} -->`],
  ["an element of HTML", (command) => `<p>${command}</p>`],
  ["a link", (command) => `[${command}](https://example.com)`],
  ["two slashes", (command) => `/${command}`],
  ["a backslash", (command) => `\\${command}`],
  ["a zero-width blank before it", (command) => `\u200b${command}`],
  ["a byte order mark before it", (command) => `\ufeff${command}`],
  ["a right-to-left override before it", (command) => `\u202e${command}`],
  ["a fraction slash", (command) => command.replace("/", "\u2044")],
  ["a division slash", (command) => command.replace("/", "\u2215")],
  ["a full-width slash", (command) => command.replace("/", "\uff0f")],
  ["a slash and a blank", (command) => command.replace("/", "/ ")],
];

/** What is not quite a command. */
export const LOOKALIKES: [string, string][] = [
  ["a Cyrillic letter", "/\u0430ck"],
  ["a Greek letter", "/\u03b1ck"],
  ["a combining mark", "/a\u0301ck"],
  ["a zero-width joiner", "/ac\u200dk"],
  ["a soft hyphen", "/sta\u00adtus"],
  ["a full-width letter", "/\uff41ck"],
  ["a no-break space after it", "/ack\u00a0now"],
  ["a path", "/ack/now"],
  ["a colon", "/ack: now"],
  ["a longer word", "/acknowledge"],
  ["a shorter word", "/stat"],
  ["another tool's command", "/close"],
  ["a path of a file", "/etc/passwd"],
  ["nothing but a slash", "/"],
  ["nothing", ""],
  ["sixty thousand characters", "a".repeat(60_000)],
];

/** What somebody may write behind a command, so that it does more than stand there. Each is a note of its own. */
export const NOTES: [string, string][] = [
  ["a mention", "@acme/everyone @oncall-reviewer look"],
  ["a reference", "see #1, acme/platform#1 and GH-1"],
  ["a closing word", "closes #1, fixes #1"],
  ["an image", "![x](https://attacker.example/pixel.png?leak)"],
  ["a link", "[the plan](https://attacker.example/)"],
  ["HTML", "<script>alert(1)</script><img src=x onerror=alert(1)>"],
  ["the end of a comment of HTML", "--> <b>bold</b> <!--"],
  ["Firebreak's own marker", '<!-- firebreak:comment {"key":"issue-reopened"} -->'],
  ["backticks", "``` `` ` out of the code"],
  ["a table's pipes", "a | b |\n|---|---|\n| c | d |"],
  ["a heading below", "fine\n# Contained\n- [x] everything"],
  ["a line for the runner", "fine\n::add-mask::x\n::set-output name=obey::true"],
  ["an expression", "${{ secrets.GITHUB_TOKEN }} $(id) `id`"],
  ["text that runs backwards", "fine \u202eenif\u202c \u2066x\u2069"],
  ["what nobody sees", "fine\u200b\u200b\ufeff \u0000 \u0007"],
  ["an emoji and its like", "👩‍🚒🔥 ﷽ Z̷̢̛a̸l̵g̶o̷"],
];
