/** Systems Manager Parameter Store: versions, labels, selectors, the limit of 100 versions. */
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { ending, type Row, refused } from "./row.ts";
import { fresh, type World } from "./world.ts";

const VERSIONS =
  "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html";
const LABELS = "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html";
const PUT = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html";
const GET = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html";
const GET_MANY = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html";
const HISTORY =
  "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html";
const LABEL =
  "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html";
const DESCRIBE =
  "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html";

/** A parameter with as many versions, whose values are "value 1" and so on. */
async function parameter(world: World, versions: number): Promise<string> {
  const Name = `/conformance/${fresh("parameter")}`;
  for (let version = 1; version <= versions; version++) await write(world, Name, `value ${version}`);
  return Name;
}

async function write(world: World, Name: string, Value: string): Promise<number | undefined> {
  const { Version } = await world.ssm.send(
    new PutParameterCommand({ Name, Value, Type: "SecureString", Overwrite: true }),
  );
  return Version;
}

function label(world: World, Name: string, ParameterVersion: number, ...Labels: string[]) {
  return world.ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels }));
}

async function read(world: World, Name: string) {
  const { Parameter } = await world.ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
  return { value: Parameter?.Value, version: Parameter?.Version, selector: Parameter?.Selector ?? null };
}

export const SSM_ROWS: readonly Row[] = [
  {
    id: "ssm-version-counts-up",
    service: "ssm",
    behaviour: "Each write makes the next version, and GetParameter reads the newest.",
    page: VERSIONS,
    expected: { written: 3, value: "value 3", version: 3, selector: null },
    run: async (world) => {
      const Name = await parameter(world, 2);
      return { written: await write(world, Name, "value 3"), ...(await read(world, Name)) };
    },
  },
  {
    id: "ssm-no-overwrite",
    service: "ssm",
    behaviour: "Writing a parameter that exists without Overwrite is refused.",
    page: PUT,
    expected: refused("ParameterAlreadyExists", 400),
    run: async (world) => {
      const Name = await parameter(world, 1);
      return ending(world.ssm.send(new PutParameterCommand({ Name, Value: "again", Type: "SecureString" })));
    },
  },
  {
    id: "ssm-select-version",
    service: "ssm",
    behaviour: "`name:1` reads version 1, and the answer repeats the selector.",
    page: GET,
    expected: { value: "value 1", version: 1, selector: ":1" },
    run: async (world) => read(world, `${await parameter(world, 3)}:1`),
  },
  {
    id: "ssm-select-label",
    service: "ssm",
    behaviour: "`name:label` reads the version that carries the label.",
    page: LABELS,
    expected: { value: "value 2", version: 2, selector: ":INC-1-v2" },
    run: async (world) => {
      const Name = await parameter(world, 3);
      await label(world, Name, 2, "INC-1-v2");
      return read(world, `${Name}:INC-1-v2`);
    },
  },
  {
    id: "ssm-unknown-version",
    service: "ssm",
    behaviour: "A version or label that the parameter does not have is ParameterVersionNotFound.",
    page: GET,
    expected: {
      version: refused("ParameterVersionNotFound", 400),
      label: refused("ParameterVersionNotFound", 400),
    },
    run: async (world) => {
      const Name = await parameter(world, 1);
      return {
        version: await ending(read(world, `${Name}:9`)),
        label: await ending(read(world, `${Name}:nobody`)),
      };
    },
  },
  {
    id: "ssm-unknown-parameter",
    service: "ssm",
    behaviour: "A parameter that does not exist is ParameterNotFound.",
    page: GET,
    expected: refused("ParameterNotFound", 400),
    run: async (world) => ending(read(world, "/conformance/nobody-wrote-this")),
  },
  {
    id: "ssm-label-moves",
    service: "ssm",
    behaviour: "A label is on one version at a time: labelling another version moves it.",
    page: LABELS,
    expected: { labels: [[], ["current"]] },
    run: async (world) => {
      const Name = await parameter(world, 2);
      await label(world, Name, 1, "current");
      await label(world, Name, 2, "current");
      const { Parameters = [] } = await world.ssm.send(new GetParameterHistoryCommand({ Name }));
      return { labels: Parameters.map(({ Labels = [] }) => Labels) };
    },
  },
  {
    id: "ssm-label-invalid",
    service: "ssm",
    behaviour:
      "Labels that begin with a digit, aws or ssm are returned as invalid and not attached; the call succeeds.",
    page: LABEL,
    expected: { invalid: ["1st", "aws-x", "ssm-y"], labels: ["good"] },
    run: async (world) => {
      const Name = await parameter(world, 1);
      const { InvalidLabels = [] } = await label(world, Name, 1, "1st", "aws-x", "ssm-y", "good");
      const { Parameters = [] } = await world.ssm.send(new GetParameterHistoryCommand({ Name }));
      return { invalid: InvalidLabels.toSorted(), labels: Parameters[0]?.Labels };
    },
  },
  {
    id: "ssm-label-limit",
    service: "ssm",
    behaviour: "A version carries ten labels at most.",
    page: LABEL,
    expected: refused("ParameterVersionLabelLimitExceeded", 400),
    run: async (world) => {
      const Name = await parameter(world, 1);
      await label(world, Name, 1, ...Array.from({ length: 10 }, (_, index) => `label-${index}`));
      return ending(label(world, Name, 1, "one-more"));
    },
  },
  {
    id: "ssm-label-unknown-version",
    service: "ssm",
    behaviour: "A version that does not exist cannot be labelled.",
    page: LABEL,
    expected: refused("ParameterVersionNotFound", 400),
    run: async (world) => ending(label(world, await parameter(world, 1), 9, "late")),
  },
  {
    id: "ssm-hundred-versions",
    service: "ssm",
    behaviour: "The 101st version pushes out the oldest.",
    page: VERSIONS,
    expected: { versions: 100, oldest: 2, newest: 101 },
    run: async (world) => {
      const Name = await parameter(world, 101);
      const versions = await allVersions(world, Name);
      return { versions: versions.length, oldest: versions[0], newest: versions.at(-1) };
    },
  },
  {
    id: "ssm-hundred-versions-labelled",
    service: "ssm",
    behaviour:
      "The 101st version is refused while the oldest carries a label, so that no labelled version gets lost.",
    page: PUT,
    expected: { write: refused("ParameterMaxVersionLimitExceeded", 400), value: "value 1" },
    run: async (world) => {
      const Name = await parameter(world, 100);
      await label(world, Name, 1, "INC-1-v1");
      const written = await ending(write(world, Name, "value 101"));
      return { write: written, value: (await read(world, `${Name}:1`)).value };
    },
  },
  {
    id: "ssm-history",
    service: "ssm",
    behaviour: "The history gives every version once, oldest first, in pages.",
    page: HISTORY,
    expected: { versions: [1, 2, 3, 4, 5] },
    run: async (world) => ({ versions: await allVersions(world, await parameter(world, 5), 2) }),
  },
  {
    id: "ssm-encrypted",
    service: "ssm",
    behaviour: "Without decryption a SecureString is given encrypted, by GetParameter as in the history.",
    page: GET,
    expected: { get: false, history: false, withDecryption: "value 1" },
    run: async (world) => {
      const Name = await parameter(world, 1);
      const { Parameter } = await world.ssm.send(new GetParameterCommand({ Name }));
      const { Parameters } = await world.ssm.send(new GetParameterHistoryCommand({ Name }));
      return {
        get: Parameter?.Value === "value 1",
        history: Parameters?.[0]?.Value === "value 1",
        withDecryption: (await read(world, Name)).value,
      };
    },
  },
  {
    id: "ssm-get-many",
    service: "ssm",
    behaviour: "GetParameters gives what there is, and lists the names that there are not.",
    page: GET_MANY,
    expected: { found: 1, invalid: ["/conformance/nobody-wrote-this"] },
    run: async (world) => {
      const Names = [await parameter(world, 1), "/conformance/nobody-wrote-this"];
      const { Parameters, InvalidParameters } = await world.ssm.send(new GetParametersCommand({ Names }));
      return { found: Parameters?.length, invalid: InvalidParameters };
    },
  },
  {
    id: "ssm-describe",
    service: "ssm",
    behaviour: "DescribeParameters tells version, date and author, never the value.",
    page: DESCRIBE,
    expected: { version: 2, dated: true, value: false, author: true },
    run: async (world) => {
      const Name = await parameter(world, 2);
      const ParameterFilters = [{ Key: "Name", Option: "Equals", Values: [Name] }];
      const { Parameters = [] } = await world.ssm.send(new DescribeParametersCommand({ ParameterFilters }));
      const [found] = Parameters;
      return {
        version: found?.Version,
        dated: found?.LastModifiedDate instanceof Date,
        value: found !== undefined && "Value" in found,
        author: found?.LastModifiedUser?.startsWith("arn:aws") ?? false,
      };
    },
  },
];

async function allVersions(world: World, Name: string, MaxResults = 50): Promise<(number | undefined)[]> {
  const versions: (number | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await world.ssm.send(new GetParameterHistoryCommand({ Name, MaxResults, NextToken }));
    versions.push(...(page.Parameters ?? []).map(({ Version }) => Version));
    NextToken = page.NextToken;
  } while (NextToken);
  return versions;
}
