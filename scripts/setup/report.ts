/** What the set-up says, for people and for machines. */
import type { Context } from "./context.ts";
import type { Finding, Verdict } from "./finding.ts";
import type { Stacks } from "./stacks.ts";

const WORDS: Record<Verdict, string> = {
  missing: "MISSING",
  unreadable: "CANNOT BE READ",
  weak: "weak",
  fine: "fine",
};
const ORDER: readonly Verdict[] = ["missing", "unreadable", "weak", "fine"];
const WIDTH = Math.max(...Object.values(WORDS).map((word) => word.length)) + 2;

/** Nothing required is missing, and nothing required is hidden: a look that was not allowed is no clean result. */
export function isReady(findings: readonly Finding[]): boolean {
  return !findings.some(
    ({ verdict, required }) => verdict === "missing" || (verdict === "unreadable" && required),
  );
}

export function heading({ repository, environments }: Context): string {
  const { name, public: isPublic, plan, defaultBranch } = repository;
  const kind = isPublic ? "public" : `private, plan ${plan ?? "unknown (told to the organization's owners)"}`;
  return `${name} (${kind}), branch ${defaultBranch}; environments ${environments.join(", ")}`;
}

/** One line each, the worst first. */
export function listed(findings: readonly Finding[]): string[] {
  return ORDER.flatMap((verdict) => findings.filter((finding) => finding.verdict === verdict)).map(lineOf);
}

function lineOf({ verdict, what, detail, purpose, remedy }: Finding): string {
  const mend = remedy === null ? "" : ` Remedy: ${remedy}`;
  return `${WORDS[verdict].padEnd(WIDTH)}${what}: ${detail}. For: ${purpose}.${mend}`;
}

export function counted(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  return `${count("missing")} missing, ${count("unreadable")} cannot be read, ${count("weak")} weak, ${count("fine")} fine`;
}

export function stackLines({ environment, subjects, commands }: Stacks): string[] {
  return [
    `AWS, ${environment}: deploy in this order (docs/setup.md)`,
    ...commands.map((command) => `  ${command}`),
    `  evidence role trusts     ${subjects.evidence.join("  or  ")}`,
    `  containment role trusts  ${subjects.containment.join("  or  ")}`,
  ];
}

/** Text of GitHub may hold anything: no control character reaches the terminal. */
export function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, "?");
}
