/** Simulated Systems Manager Parameter Store. */
import type { SimClock } from "../../contracts.ts";
import type { JsonService, Quota } from "../service.ts";
import { describeParameters, getParameter, getParameterHistory, getParameters } from "./read.ts";
import { ParameterStore } from "./store.ts";
import { labelParameterVersion, putParameter, unlabelParameterVersion } from "./write.ts";

export interface Ssm {
  readonly service: JsonService;
  /** Seeds parameters and reads them past the API. */
  readonly store: ParameterStore;
  /** For the drill's report: versions and labels, never values. */
  state(): ParameterState[];
}

export interface ParameterState {
  name: string;
  type: string;
  versions: { version: number; modifiedAt: string; modifiedBy: string; labels: string[] }[];
}

export function createSsm({ clock }: { clock: SimClock }): Ssm {
  const store = new ParameterStore(clock);
  const service: JsonService = {
    name: "ssm",
    targetPrefix: "AmazonSSM",
    throttleError: "ThrottlingException",
    quotas: QUOTAS,
    operations: {
      GetParameter: getParameter(store),
      GetParameters: getParameters(store),
      GetParameterHistory: getParameterHistory(store),
      DescribeParameters: describeParameters(store),
      PutParameter: putParameter(store),
      LabelParameterVersion: labelParameterVersion(store),
      UnlabelParameterVersion: unlabelParameterVersion(store),
    },
  };
  return { service, store, state: () => describeState(store) };
}

function describeState(store: ParameterStore): ParameterState[] {
  return store.all().map(({ name, latest, versions }) => ({
    name,
    type: latest.type,
    versions: versions.map(({ version, modifiedAt, modifiedBy, labels }) => ({
      version,
      modifiedAt: new Date(modifiedAt).toISOString(),
      modifiedBy,
      labels: [...labels],
    })),
  }));
}

const SOURCE = "https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm";

/** GetParameter and GetParameters share 40 a second, PutParameter has 3; AWS publishes no rate for the others. */
const READS: Quota = { ratePerSecond: 40, burst: 40, source: SOURCE, bucket: "GetParameter" };
const WRITES: Quota = { ratePerSecond: 3, burst: 3, source: SOURCE };
const UNPUBLISHED: Quota = {
  ratePerSecond: 10,
  burst: 10,
  source: `${SOURCE} (rate assumed, not published)`,
};

const QUOTAS: Readonly<Record<string, Quota>> = {
  GetParameter: READS,
  GetParameters: READS,
  PutParameter: WRITES,
  "*": UNPUBLISHED,
};
