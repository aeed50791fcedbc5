import { describe, expect, test } from "@jest/globals";
import { readCommand } from "../../src/incident/comment-command.ts";

const FENCE = "```";
const GOOD = [
  "/ack",
  "/ack looking at it",
  "/confirm disable-account Disabled by Bo at 02:40 UTC",
  "/severity high users report missing data",
  "/status",
];

describe("a command is read where it is the comment's first line", () => {
  test.each<[string, object]>([
    ["/ack", { command: "ack", note: "" }],
    ["/ack  on it ", { command: "ack", note: "on it" }],
    ["/ack on it\nwith two others", { command: "ack", note: "on it\nwith two others" }],
    ["/ack\r\n", { command: "ack", note: "" }],
    ["/confirm restore done by Bo", { command: "confirm", step: "restore", note: "done by Bo" }],
    [
      "/confirm check-downstream/snow by Bo",
      { command: "confirm", step: "check-downstream/snow", note: "by Bo" },
    ],
    ["/confirm restore\nby Bo at 3", { command: "confirm", step: "restore", note: "by Bo at 3" }],
    ["/confirm restore æøå 東京", { command: "confirm", step: "restore", note: "æøå 東京" }],
    ["/severity critical data left", { command: "severity", severity: "critical", reason: "data left" }],
    ["/severity\tlow\tfalse alarm", { command: "severity", severity: "low", reason: "false alarm" }],
    ["/status", { command: "status" }],
    ["/status   \n\n", { command: "status" }],
  ])("%j", (body, command) => {
    expect(readCommand(body)).toEqual(command);
  });
});

const wrappings: [string, (command: string) => string][] = [
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
  ["capitals", (command) => command.toUpperCase()],
  ["a zero-width blank before it", (command) => `\u200b${command}`],
  ["a byte order mark before it", (command) => `\ufeff${command}`],
  ["a right-to-left override before it", (command) => `\u202e${command}`],
  ["a fraction slash", (command) => command.replace("/", "\u2044")],
  ["a division slash", (command) => command.replace("/", "\u2215")],
  ["a full-width slash", (command) => command.replace("/", "\uff0f")],
  ["a slash and a blank", (command) => command.replace("/", "/ ")],
];

describe.each(wrappings)("no command is read from one in %s", (_name, wrap) => {
  test.each(GOOD)("%s", (command) => {
    expect(readCommand(wrap(command))).toBeNull();
  });
});

test.each([
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
])("%s makes it no command", (_name, body) => {
  expect(readCommand(body)).toBeNull();
});

describe("what is meant as a command and is none gets an answer that says how it is written", () => {
  test.each([
    ["/confirm", "step is missing"],
    ["/confirm restore", "note is missing"],
    ["/confirm restore   \u200b\u200b ", "note is missing"],
    ["/confirm restore ---", "note is missing"],
    ["/confirm RESTORE by Bo", "not the id of a step"],
    ["/confirm ../../etc by Bo", "not the id of a step"],
    ["/confirm rest\u043ere by Bo", "not the id of a step"],
    ["/confirm $(reboot) by Bo", "not the id of a step"],
    [`/confirm ${"a".repeat(131)} by Bo`, "not the id of a step"],
    ["/confirm <b>x</b> by Bo", "not the id of a step"],
    ["/severity", "one of critical"],
    ["/severity urgent now", "one of critical"],
    ["/severity High now", "one of critical"],
    ["/severity high", "reason is missing"],
    ["/severity high ...", "reason is missing"],
    ["/status please", "nothing else"],
    ["/ack\n/severity low all good", "one command"],
    ["/ack\n  /confirm restore by Bo", "one command"],
    [`/ack ${"a".repeat(60_000)}`, "longer than"],
  ])("%j", (body, problem) => {
    expect(readCommand(body)).toEqual({
      problem: expect.stringContaining(problem),
      usage: expect.stringMatching(/^\/(ack|confirm|severity|status)/),
    });
  });
});
