import {
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { PARAMETER, type Platform, startPlatform } from "./ecs-platform.ts";

let platform: Platform;
beforeEach(async () => {
  platform = await startPlatform({ speed: 5_000 });
  platform.ssm.store.seed({ name: PARAMETER, value: "second", modifiedBy: "arn:x" });
});
afterEach(() => platform.close());

function label(Labels: string[], ParameterVersion?: number) {
  return platform.clients.ssm.send(
    new LabelParameterVersionCommand({
      Name: PARAMETER,
      Labels,
      ...(ParameterVersion && { ParameterVersion }),
    }),
  );
}

async function labels(): Promise<unknown> {
  const { Parameters } = await platform.clients.ssm.send(new GetParameterHistoryCommand({ Name: PARAMETER }));
  return Parameters?.map(({ Labels }) => Labels);
}

test("labels go to the newest version unless one is named", async () => {
  expect(await label(["INC-42"])).toMatchObject({ ParameterVersion: 2, InvalidLabels: [] });
  expect(await label(["INC-41"], 1)).toMatchObject({ ParameterVersion: 1 });
  expect(await labels()).toEqual([["INC-41"], ["INC-42"]]);
});

test("a label is on one version at a time: attached again, it moves", async () => {
  await label(["live"], 1);
  await label(["live"], 2);
  expect(await labels()).toEqual([[], ["live"]]);
});

test("labels that break the syntax are reported and left out", async () => {
  const { InvalidLabels } = await label(["ok_1.a-b", "1st", "aws-x", "SSMx", "a b"]);
  expect(InvalidLabels).toEqual(["1st", "aws-x", "SSMx", "a b"]);
  expect(await labels()).toEqual([[], ["ok_1.a-b"]]);
});

test("a version takes ten labels, not eleven", async () => {
  const ten = Array.from({ length: 10 }, (_, index) => `label-${index}`);
  await label(ten, 1);
  await expect(label(["one-more"], 1)).rejects.toMatchObject({ name: "ParameterVersionLabelLimitExceeded" });
  await expect(label([...ten, "eleventh"], 2)).rejects.toMatchObject({ name: "ValidationException" });
  await label([ten[0] ?? ""], 1);
  expect(await labels()).toEqual([ten, []]);
});

test("a missing version or parameter is an error", async () => {
  await expect(label(["x"], 7)).rejects.toMatchObject({ name: "ParameterVersionNotFound" });
  const other = new LabelParameterVersionCommand({ Name: "/none", Labels: ["x"] });
  await expect(platform.clients.ssm.send(other)).rejects.toMatchObject({ name: "ParameterNotFound" });
});

test("labels can be taken away again", async () => {
  await label(["a", "b"], 1);
  const answer = await platform.clients.ssm.send(
    new UnlabelParameterVersionCommand({ Name: PARAMETER, ParameterVersion: 1, Labels: ["a", "c"] }),
  );
  expect(answer).toMatchObject({ RemovedLabels: ["a"], InvalidLabels: ["c"] });
  expect(await labels()).toEqual([["b"], []]);
});
