import { ListServiceQuotasCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { afterEach, expect, test } from "@jest/globals";
import { createLogs } from "../../../drill/aws/logs/index.ts";
import { createServiceQuotas } from "../../../drill/aws/service-quotas.ts";
import { createClock } from "../../../drill/clock.ts";
import { createRandom } from "../../../drill/random.ts";
import { type Platform, startPlatform } from "./core-platform.ts";

let platform: Platform;
let client: ServiceQuotasClient;
afterEach(async () => {
  client.destroy();
  await platform.close();
});

async function start(region: string) {
  const { service } = createLogs({ clock: createClock({ speed: 1 }), random: createRandom(3), region });
  platform = await startPlatform({ services: [service, createServiceQuotas(service)] });
  client = new ServiceQuotasClient(platform.config);
  return service;
}

test.each([
  ["eu-west-1", 10],
  ["eu-west-3", 30],
  ["eu-north-1", 25],
])("in %s it tells the rate that the simulated CloudWatch Logs is held to", async (region, rate) => {
  const service = await start(region);
  const { Quotas = [] } = await client.send(new ListServiceQuotasCommand({ ServiceCode: "logs" }));
  const quota = Quotas.find(
    ({ QuotaName }) => QuotaName === "GetLogEvents throttle limit in transactions per second",
  );
  expect(quota).toMatchObject({ ServiceCode: "logs", Value: rate, Adjustable: false });
  expect(service.quotas.GetLogEvents?.ratePerSecond).toBe(rate);
  expect(platform.calls.all().at(-1)).toMatchObject({
    service: "servicequotas",
    operation: "ListServiceQuotas",
    resource: "logs",
  });
});

test("it pages, and knows no service that is not simulated", async () => {
  await start("eu-west-1");
  const first = await client.send(new ListServiceQuotasCommand({ ServiceCode: "logs", MaxResults: 5 }));
  expect(first.Quotas).toHaveLength(5);
  const { NextToken } = first;
  const second = await client.send(
    new ListServiceQuotasCommand({ ServiceCode: "logs", NextToken: NextToken ?? "" }),
  );
  const names = [...(first.Quotas ?? []), ...(second.Quotas ?? [])].map(({ QuotaName }) => QuotaName);
  expect(new Set(names).size).toBe(9);
  expect(second.NextToken).toBeUndefined();
  await expect(client.send(new ListServiceQuotasCommand({ ServiceCode: "ec2" }))).rejects.toMatchObject({
    name: "NoSuchResourceException",
  });
});
