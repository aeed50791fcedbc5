/** What a verification finds. `docs/evidence-format.md` lists the codes; a second implementation gives the same ones. */

export interface Finding {
  /** A stable word for machines. */
  code: string;
  /** The keys of the objects that it is about, in order. */
  objects: string[];
  /** One sentence for people. */
  message: string;
}

export type Verdict = "verified" | "not-verified" | "could-not-check";

/** Collects what one verification finds. */
export class Findings {
  /** What makes the evidence fail. */
  readonly problems: Finding[] = [];
  /** What could not be looked at; without a problem the verdict is then "could not check". */
  readonly unchecked: Finding[] = [];
  /** What a reader should know and what fails nothing. */
  readonly notes: Finding[] = [];

  problem(code: string, objects: string | string[], message: string): void {
    this.problems.push({ code, objects: [objects].flat(), message });
  }

  notChecked(code: string, objects: string | string[], message: string): void {
    this.unchecked.push({ code, objects: [objects].flat(), message });
  }

  note(code: string, objects: string | string[], message: string): void {
    this.notes.push({ code, objects: [objects].flat(), message });
  }

  get verdict(): Verdict {
    if (this.problems.length > 0) return "not-verified";
    return this.unchecked.length > 0 ? "could-not-check" : "verified";
  }
}
