/** A platform that can be told, call by call, what is to happen: it numbers the calls of one run and fails one of them. */
import type { CallRecord, FaultPicker, FaultRule } from "../../drill/contracts.ts";

/** A call that arrived, in the order of arrival. */
export interface ArrivedCall {
  service: string;
  operation: string;
  subject: string;
}

/** Says what befalls a call; `number` counts the run's calls from 1. */
export type Decide = (call: ArrivedCall, number: number) => FaultRule | null;

export class CallGate implements FaultPicker {
  #calls: ArrivedCall[] = [];
  #decide: Decide = () => null;

  next(service: string, operation: string, subject = ""): FaultRule | null {
    const call = { service, operation, subject };
    this.#calls.push(call);
    return this.#decide(call, this.#calls.length);
  }

  /** Begins a run: its calls are counted from 1 and decided by `decide`. */
  begin(decide: Decide = () => null): void {
    this.#calls = [];
    this.#decide = decide;
  }

  /** Ends it. @returns the calls that arrived. */
  end(): ArrivedCall[] {
    const calls = this.#calls;
    this.begin();
    return calls;
  }
}

export type Moment = "before" | "after";

/**
 * Lets one call come in, and calls `kill` either instead of letting it take effect, or when it has taken effect and
 * before its answer leaves. `landed` holds the call then.
 */
export class KillAt {
  landed: ArrivedCall | null = null;
  kill: () => void = () => {};
  readonly #isIt: (call: ArrivedCall) => boolean;
  readonly #moment: Moment;

  constructor(point: CallPoint, moment: Moment) {
    this.#isIt = finder(point);
    this.#moment = moment;
  }

  readonly decide: Decide = (call) => {
    if (this.landed !== null || !this.#isIt(call)) return null;
    this.landed = call;
    if (this.#moment === "before") this.kill();
    return faultOf("drop", { lostAnswer: this.#moment === "after" });
  };

  /** For the call log: the answer of the chosen call is lost at the moment at which it is recorded. */
  readonly onCall = ({ error }: CallRecord): void => {
    if (this.landed !== null && error === "AnswerLost") this.kill();
  };
}

/** A rule that always comes up. */
export function faultOf(kind: FaultRule["kind"], more: Partial<FaultRule> = {}): FaultRule {
  return { service: "*", operation: "*", kind, rate: 1, ...more };
}

/** What a call is called in a table: the same for the same step of two captures. */
export function nameOf({ service, operation, subject }: ArrivedCall): string {
  return `${service} ${operation} ${placeOf(subject)}`;
}

/** Incident numbers, run ids, times and made-up values of a subject made equal. */
function placeOf(subject: string): string {
  return subject
    .replaceAll(/INC-\d+/g, "INC-n")
    .replaceAll(/\/issues\/\d+/g, "/issues/n")
    .replaceAll(/\/comments\/\d+/g, "/comments/n")
    .replaceAll(/"(StartTime|EndTime|startTime|endTime|from|to)":[\d.]+/g, '"$1":t')
    .replaceAll(/"(Message|nonce|Value)":"[^"]*"/g, '"$1":""')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "uuid")
    .replaceAll(/versionId=[^&]+/g, "versionId=v");
}

/** One call of a run, found again in another run by its name and by how often the name came before. */
export interface CallPoint {
  name: string;
  /** Counted from 1. */
  occurrence: number;
  call: ArrivedCall;
}

/** Every call of an uninterrupted run, each to be found again. */
export function pointsOf(calls: readonly ArrivedCall[]): CallPoint[] {
  const seen = new Map<string, number>();
  return calls.map((call) => {
    const name = nameOf(call);
    const occurrence = (seen.get(name) ?? 0) + 1;
    seen.set(name, occurrence);
    return { name, occurrence, call };
  });
}

/** The first point of every operation, and of those that write the first for every bucket and folder of the capture. */
export function onePerKind(points: readonly CallPoint[]): CallPoint[] {
  const kinds = new Map<string, CallPoint>();
  for (const point of points) {
    const { service, operation, subject } = point.call;
    const place =
      service === "s3" && isWrite(point)
        ? subject.replace(/^.*\/captures\/\d+\/([^/?]*).*$|^.*\/(ledger)\/.*$/, "$1$2")
        : "";
    const kind = `${service} ${operation} ${place}`;
    if (!kinds.has(kind)) kinds.set(kind, point);
  }
  return [...kinds.values()];
}

/** Whether a call changes something: what is before it and what is after it are two states to go on from. */
export function isWrite({ call }: CallPoint): boolean {
  return !/(^|\/)(Get|Head|List|Describe|Lookup|get|list|download)/.test(call.operation);
}

/** Recognises a point in a run that is going on; one for each run. */
export function finder({ name, occurrence }: CallPoint): (call: ArrivedCall) => boolean {
  let seen = 0;
  return (call) => {
    if (nameOf(call) !== name) return false;
    seen += 1;
    return seen === occurrence;
  };
}
