import { describe, expect, test } from "@jest/globals";
import { readCommand } from "../../src/incident/comment-command.ts";
import { GOOD, LOOKALIKES, WRAPPINGS } from "../support/hostile-comments.ts";

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
    ["/severity High data left", { command: "severity", severity: "high", reason: "data left" }],
    ["/status", { command: "status" }],
    ["/status   \n\n", { command: "status" }],
  ])("%j", (body, command) => {
    expect(readCommand(body)).toEqual(command);
  });
});

describe.each(WRAPPINGS)("no command is read from one in %s", (_name, wrap) => {
  test.each(GOOD)("%s", (command) => {
    expect(readCommand(wrap(command))).toBeNull();
  });
});

test.each(LOOKALIKES)("%s makes it no command", (_name, body) => {
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
    ["/severity high", "reason is missing"],
    ["/severity high ...", "reason is missing"],
    ["/status please", "nothing else"],
    ["/Ack", "small letters"],
    ["/ACK looking at it", "small letters"],
    ["/Severity high now", "small letters"],
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
