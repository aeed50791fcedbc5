/** The simulated account's clusters, task definitions, services and tasks. */
import { AwsError } from "../errors.ts";
import type { Service, Task, TaskDefinition } from "./model.ts";

export class EcsStore {
  readonly clusters = new Set<string>();
  readonly definitions: TaskDefinition[] = [];
  readonly services: Service[] = [];
  /** In the order of creation. */
  readonly tasks = new Map<string, Task>();
  readonly region: string;
  readonly #accountId: string;

  constructor(region: string, accountId: string) {
    this.region = region;
    this.#accountId = accountId;
  }

  arn(resource: string): string {
    return `arn:aws:ecs:${this.region}:${this.#accountId}:${resource}`;
  }

  /** The cluster's name from a name or ARN; `default` when absent. Throws ClusterNotFoundException. */
  cluster(reference = "default"): string {
    const name = lastSegment(reference);
    if (!this.clusters.has(name)) throw new AwsError("ClusterNotFoundException", "Cluster not found.");
    return name;
  }

  findService(cluster: string, reference: string): Service | null {
    const name = lastSegment(reference);
    return this.services.find((service) => service.cluster === cluster && service.name === name) ?? null;
  }

  /** Throws ServiceNotFoundException. */
  service(cluster: string, reference: string): Service {
    const service = this.findService(cluster, reference);
    if (service === null) throw new AwsError("ServiceNotFoundException", "Service not found.");
    return service;
  }

  findTask(cluster: string, reference: string): Task | null {
    const task = this.tasks.get(lastSegment(reference));
    return task?.cluster === cluster ? task : null;
  }

  tasksOf({ name, cluster }: Service): Task[] {
    return [...this.tasks.values()].filter((task) => task.service === name && task.cluster === cluster);
  }

  /** By `family:revision`, `family` (its newest revision) or ARN; null when there is none. */
  findDefinition(reference: string): TaskDefinition | null {
    const [family, revision] = lastSegment(reference).split(":");
    const found = this.definitions
      .filter(
        (definition) =>
          definition.family === family &&
          (revision === undefined || String(definition.revision) === revision),
      )
      .sort((a, b) => b.revision - a.revision);
    return found[0] ?? null;
  }
}

function lastSegment(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
