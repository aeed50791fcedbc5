/** moto's server (https://docs.getmoto.org/en/latest/docs/server_mode.html) as a world for the conformance suite. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateBucketCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { CreateEmailIdentityCommand } from "@aws-sdk/client-sesv2";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { createClients } from "./clients.ts";
import { fresh, type World } from "./world.ts";

const REGION = "eu-central-1";
/** moto's own account. */
const ROLE = "arn:aws:iam::123456789012:role/conformance";
const ANY_CREDENTIALS = { accessKeyId: "any", secretAccessKey: "any", sessionToken: "any" };

/** Starts the executable on a free port of 127.0.0.1. Call `close` when done. Throws when it does not come up. */
export async function startMoto(
  executable: string,
): Promise<{ url: string; world: World; close: () => Promise<void> }> {
  const server = spawn(executable, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const url = await address(server);
  const session = await assumeRole(url);
  const { clients, close } = createClients(url, REGION, session);
  const { s3, logs, ecs, sns, ses } = clients;
  const world: World = {
    ...clients,
    roleArn: ROLE,
    webIdentityToken: () => "any",
    now: () => Date.now(),
    bucket: async ({ locked = false } = {}) => {
      const Bucket = fresh("bucket");
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await s3.send(
        new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ObjectLockEnabledForBucket: locked }),
      );
      const VersioningConfiguration = { Status: "Enabled" } as const;
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      return Bucket;
    },
    logGroup: async () => {
      const logGroupName = `/conformance/${fresh("group")}`;
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
      return logGroupName;
    },
    topic: async () => {
      const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: fresh("topic") }));
      return TopicArn;
    },
    sender: async () => {
      const EmailIdentity = `${fresh("sender")}@example.com`;
      await ses.send(new CreateEmailIdentityCommand({ EmailIdentity }));
      return EmailIdentity;
    },
    service: async () => {
      const [cluster, service] = [fresh("cluster"), fresh("service")];
      await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
      const containerDefinitions = [{ name: "app", image: "example/app:1", memory: 128 }];
      await ecs.send(new RegisterTaskDefinitionCommand({ family: service, containerDefinitions }));
      await ecs.send(
        new CreateServiceCommand({ cluster, serviceName: service, taskDefinition: service, desiredCount: 2 }),
      );
      return { cluster, service };
    },
  };
  return {
    url,
    world,
    close: async () => {
      close();
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}

/** Where the server says that it listens. */
async function address(server: ChildProcess): Promise<string> {
  if (!server.stderr) throw new Error("the server's messages cannot be read");
  const said: string[] = [];
  server.on("error", (error) => said.push(error.message));
  for await (const line of createInterface({ input: server.stderr })) {
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    // Its log of requests goes nowhere; a full pipe would stop it.
    if (url) {
      server.stderr.resume();
      return url;
    }
    said.push(line);
  }
  throw new Error(`moto_server did not start: ${said.slice(-5).join("\n")}`);
}

async function assumeRole(url: string) {
  const { clients, close } = createClients(url, REGION, ANY_CREDENTIALS);
  const command = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "conformance" });
  const { Credentials } = await clients.sts.send(command);
  close();
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
