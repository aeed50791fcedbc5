/** Makes tasks and the identifiers that ECS makes for them. */
import type { Random } from "../../random.ts";
import type { Deployment, Service, Task } from "./model.ts";
import type { EcsStore } from "./store.ts";

/** A task of the deployment in its first state, not yet in the store. */
export function newTask(
  store: EcsStore,
  { name, cluster, network }: Pick<Service, "name" | "cluster" | "network">,
  { id: startedBy, definition }: Deployment,
  createdAt: number,
  random: Random,
  id: string = random.hex(32),
): Task {
  const subnet = random.pick(network.subnets);
  return {
    id,
    arn: store.arn(`task/${cluster}/${id}`),
    cluster,
    service: name,
    startedBy,
    definition,
    availabilityZone: subnet.availabilityZone,
    networkInterface: {
      attachmentId: uuid(random),
      id: `eni-0${random.hex(16)}`,
      subnetId: subnet.id,
      macAddress: `02:${random.hex(10).replaceAll(/..(?=.)/g, "$&:")}`,
      privateIp: `10.0.${random.integer(0, 255)}.${random.integer(4, 254)}`,
    },
    containers: definition.containers.map((container) => ({
      definition: container,
      id: uuid(random),
      status: "PENDING",
      exitCode: null,
      reason: null,
    })),
    createdAt,
    status: "PROVISIONING",
    desiredStatus: "RUNNING",
    version: 1,
    connectivityAt: null,
    pullStartedAt: null,
    pullStoppedAt: null,
    startedAt: null,
    stoppingAt: null,
    executionStoppedAt: null,
    stoppedAt: null,
    stopCode: null,
    stoppedReason: null,
    secretVersions: {},
    cancel: () => {},
    heartbeats: new Map(),
  };
}

/** Decimal digits, the first of them not 0. */
export function digits(random: Random, length: number): string {
  const rest = Array.from({ length: length - 1 }, () => random.integer(0, 9));
  return [random.integer(1, 9), ...rest].join("");
}

export function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join("-");
}
