import type { Attachment, Service, Task } from "@aws-sdk/client-ecs";
import type { CapturedTask } from "../source-schema.ts";

/**
 * A task's network interfaces with their security groups, by id, without asking EC2: the attachment names interface
 * and subnet, the groups are those of the service or of the deployment that started the task
 * (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html).
 */
export function interfacesOf(task: Task, service: Service): NonNullable<CapturedTask["interfaces"]> {
  const deployment = service.deployments?.find(({ id }) => id !== undefined && id === task.startedBy);
  const network = deployment?.networkConfiguration ?? service.networkConfiguration;
  const configured = network?.awsvpcConfiguration?.securityGroups ?? [];
  return (task.attachments ?? [])
    .filter(({ type }) => type === "ElasticNetworkInterface")
    .map((attachment) => {
      const named = detail(attachment, "securityGroups");
      return {
        id: detail(attachment, "networkInterfaceId") ?? "",
        subnet: detail(attachment, "subnetId"),
        securityGroups: named === null ? configured : named.split(","),
      };
    });
}

function detail({ details }: Attachment, name: string): string | null {
  return details?.find((one) => one.name === name)?.value ?? null;
}
