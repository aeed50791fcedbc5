import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { messageOf } from "../errors.ts";
import type { Replacement, ReplacementContext } from "../replacements.ts";

/**
 * aws-actions/configure-aws-credentials by OIDC: fetches the job's token and assumes the role at AWS_ENDPOINT_URL.
 * Messages are the action's own. https://github.com/aws-actions/configure-aws-credentials
 */
export const configureAwsCredentials: Replacement = {
  inputs: {
    "role-to-assume": "",
    "aws-region": "",
    "role-session-name": "GitHubActions",
    "role-duration-seconds": "3600",
    audience: "sts.amazonaws.com",
    "mask-aws-account-id": "false",
    "output-credentials": "false",
  },
  async run(context) {
    const region = context.inputs["aws-region"] ?? "";
    if (!/^[a-z]{2}-[a-z]+(-[a-z]+)*-\d$/.test(region)) throw new Error(`Region is not valid: ${region}`);
    exportRegion(context, region);
    const role = context.inputs["role-to-assume"] ?? "";
    if (role === "") {
      throw new Error(
        "Could not determine how to assume credentials. Please check your inputs and try again.",
      );
    }
    const token = await fetchIdToken(context);
    context.log("Assuming role with OIDC");
    exportCredentials(context, await assumeRole(context, region, role, token));
  },
};

interface Assumed {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  arn: string;
  assumedRoleId: string;
}

function exportRegion({ log, setEnv }: ReplacementContext, region: string): void {
  log(`Exporting AWS_DEFAULT_REGION and AWS_REGION`);
  setEnv("AWS_DEFAULT_REGION", region);
  setEnv("AWS_REGION", region);
}

async function fetchIdToken({ env, inputs, log, addMask, signal }: ReplacementContext): Promise<string> {
  const url = env.ACTIONS_ID_TOKEN_REQUEST_URL;
  const bearer = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (!url || !bearer) {
    log(
      "It looks like you might be trying to authenticate with OIDC. Did you mean to set the `id-token` permission? If you are not trying to authenticate with OIDC and the action is working successfully, you can ignore this message.",
    );
    throw new Error(
      "Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers",
    );
  }
  const audience = encodeURIComponent(inputs.audience ?? "");
  const response = await fetch(`${url}&audience=${audience}`, {
    headers: { authorization: `Bearer ${bearer}` },
    signal,
  });
  const body: unknown = await response.json();
  const value = typeof body === "object" && body !== null && "value" in body ? body.value : undefined;
  if (!response.ok || typeof value !== "string") {
    throw new Error(`Failed to get ID Token. Error Code : ${response.status}`);
  }
  addMask(value);
  return value;
}

async function assumeRole(
  { inputs, env, signal }: ReplacementContext,
  region: string,
  role: string,
  token: string,
): Promise<Assumed> {
  const endpoint = env.AWS_ENDPOINT_URL_STS ?? env.AWS_ENDPOINT_URL;
  const client = new STSClient({ region, ...(endpoint ? { endpoint } : {}) });
  try {
    const answer = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: role,
        RoleSessionName: inputs["role-session-name"] ?? "",
        DurationSeconds: Number(inputs["role-duration-seconds"]),
        WebIdentityToken: token,
      }),
      { abortSignal: signal },
    );
    return {
      accessKeyId: answer.Credentials?.AccessKeyId ?? "",
      secretAccessKey: answer.Credentials?.SecretAccessKey ?? "",
      sessionToken: answer.Credentials?.SessionToken ?? "",
      arn: answer.AssumedRoleUser?.Arn ?? "",
      assumedRoleId: answer.AssumedRoleUser?.AssumedRoleId ?? "",
    };
  } catch (error) {
    throw new Error(`Could not assume role with OIDC: ${messageOf(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
}

function exportCredentials(context: ReplacementContext, assumed: Assumed): void {
  const { addMask, setEnv, setOutput, log, inputs } = context;
  for (const secret of [assumed.accessKeyId, assumed.secretAccessKey, assumed.sessionToken]) addMask(secret);
  const account = assumed.arn.split(":")[4] ?? "";
  if (inputs["mask-aws-account-id"] === "true") addMask(account);
  setEnv("AWS_ACCESS_KEY_ID", assumed.accessKeyId);
  setEnv("AWS_SECRET_ACCESS_KEY", assumed.secretAccessKey);
  setEnv("AWS_SESSION_TOKEN", assumed.sessionToken);
  setOutput("aws-account-id", account);
  setOutput("authenticated-arn", assumed.arn);
  if (inputs["output-credentials"] === "true") {
    setOutput("aws-access-key-id", assumed.accessKeyId);
    setOutput("aws-secret-access-key", assumed.secretAccessKey);
    setOutput("aws-session-token", assumed.sessionToken);
  }
  log(`Authenticated as assumedRoleId ${assumed.assumedRoleId}`);
}
