/**
 * Which permissions a call needs: its operation's actions, on which resource, with which condition keys. From the
 * Service Authorization Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/. S3 works its own
 * out where it has the request, by s3-actions.ts.
 */
import { HEADER_ACTIONS, isCopy, readsObject, s3ActionsOf, s3SourceAction } from "./s3-actions.ts";

/** One permission. */
export interface Need {
  /** For example `s3:GetObjectVersion`. */
  action: string;
  /** An ARN, or `*` where the action knows no resource. */
  resource: string;
  /** Condition keys that the request carries, in lower case; several values for a key with a set. */
  context: Readonly<Record<string, string | readonly string[]>>;
}

export interface Request {
  /** As the call log names them. */
  service: string;
  operation: string;
  /** The request's members: a JSON body's, a form's. */
  input: Readonly<Record<string, unknown>>;
}

/** What a request does not say. */
export interface Facts {
  region: string;
  accountId: string;
  /** A KMS key by its id, alias or ARN. */
  keyOf(name: string): { arn: string; aliases: readonly string[] };
  /** A role's ARN, with its path. */
  roleArn(name: string): string;
}

type Rule = (request: Request, facts: Facts) => Need[];

/** The permissions that the call needs, all of them. Throws for an operation that nobody has looked up. */
export function needsOf(request: Request, facts: Facts): Need[] {
  const name = `${request.service}:${request.operation}`;
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule)
    throw new Error(`which permissions ${name} needs is not known: add it to drill/aws/access/needs.ts`);
  return rule(request, facts);
}

/** The actions of an operation, whatever it acts on. Throws for an operation that nobody has looked up. */
export function actionsOf(service: string, operation: string): string[] {
  if (service === "s3") {
    const source = isCopy(operation) ? [s3SourceAction(false), s3SourceAction(true)] : [];
    const headers = readsObject(operation) ? Object.values(HEADER_ACTIONS) : [];
    const own = [...s3ActionsOf(operation, false), ...s3ActionsOf(operation, true)];
    return [...new Set([...own, ...source, ...headers])];
  }
  const nowhere: Facts = {
    region: "",
    accountId: "",
    keyOf: (arn) => ({ arn, aliases: [] }),
    roleArn: (name) => name,
  };
  return needsOf({ service, operation, input: {} }, nowhere).map(({ action }) => action);
}

const need = (action: string, resource = "*", context: Need["context"] = {}): Need => ({
  action,
  resource,
  context,
});

const text = (value: unknown): string => (typeof value === "string" ? value : "");
/** At least one name: a list that is missing names nothing, and nothing is allowed on it. */
const names = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [""]);
const last = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);

/** The action of the same name, for which the service knows no resource. */
const anywhere =
  (prefix: string): Rule =>
  ({ operation }) => [need(`${prefix}:${operation}`)];

const arn = (service: string, { region, accountId }: Facts, local: string) =>
  `arn:aws:${service}:${region}:${accountId}:${local}`;

/** The action of the same name on each ARN. */
const on =
  (prefix: string, locals: (input: Request["input"]) => string | string[]): Rule =>
  ({ operation, input }, facts) =>
    [locals(input)]
      .flat()
      .map((local) =>
        need(`${prefix}:${operation}`, local.startsWith("arn:") ? local : arn(prefix, facts, local)),
      );

const clusterOf = (input: Request["input"]) => last(text(input.cluster) || "default");
const ecs = (kind: "service" | "task", member: string) =>
  on("ecs", (input) =>
    [input[member]]
      .flatMap((value) => (typeof value === "string" ? [value] : names(value)))
      .map((name) => `${kind}/${clusterOf(input)}/${last(name)}`),
  );

/** A log group's streams are what its actions are on; CloudWatch Logs names none of them as the empty one. */
const logGroup = on("logs", (input) => {
  const group = text(input.logGroupName) || text(input.logGroupIdentifier);
  return `log-group:${group.replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "")}:log-stream:`;
});
const logStream = on(
  "logs",
  ({ logGroupName, logStreamName }) => `log-group:${text(logGroupName)}:log-stream:${text(logStreamName)}`,
);

/** Without the leading slash, and without the version or label that a read may name. */
const parameterName = (name: string) =>
  name.startsWith("arn:") ? name : `parameter/${name.replace(/^\//, "").replace(/:[^/]*$/, "")}`;
const parameter = on("ssm", ({ Name }) => parameterName(text(Name)));

const trail = (member: string) =>
  on("cloudtrail", (input) => {
    const name = text(input[member]);
    return name.startsWith("arn:") ? name : `trail/${name}`;
  });

const role: Rule = ({ operation, input }, { roleArn }) => [
  need(`iam:${operation}`, roleArn(text(input.RoleName))),
];
const policySource: Rule = ({ operation, input }) => [
  need(`iam:${operation}`, text(input.PolicySourceArn) || "*"),
];
const policy: Rule = ({ operation, input }) => [need(`iam:${operation}`, text(input.PolicyArn))];

const key: Rule = ({ operation, input }, { keyOf }) => {
  const { arn: resource, aliases } = keyOf(text(input.KeyId));
  return [need(`kms:${operation}`, resource, { "kms:resourcealiases": aliases })];
};

/** On the identity by which SES sends, an address or its domain. */
const sendEmail: Rule = ({ input: { from, identity, recipients } }, facts) => [
  need("ses:SendEmail", arn("ses", facts, `identity/${text(identity)}`), {
    "ses:apiversion": "2",
    "ses:fromaddress": text(from),
    "ses:recipients": names(recipients),
  }),
];

const job = on("s3", ({ id }) => `job/${text(id)}`);

const RULES: Readonly<Record<string, Rule>> = {
  "ecs:DescribeServices": ecs("service", "services"),
  "ecs:UpdateService": ecs("service", "service"),
  "ecs:DescribeTasks": ecs("task", "tasks"),
  "ecs:StopTask": ecs("task", "task"),
  "ecs:ListTasks": ({ operation, input }, facts) => [
    need(`ecs:${operation}`, "*", { "ecs:cluster": arn("ecs", facts, `cluster/${clusterOf(input)}`) }),
  ],
  "ecs:DescribeTaskDefinition": anywhere("ecs"),
  "autoscaling:DescribeScalableTargets": anywhere("application-autoscaling"),
  "autoscaling:DescribeScalingPolicies": anywhere("application-autoscaling"),
  "autoscaling:RegisterScalableTarget": ({ operation, input }, facts) => [
    need(
      `application-autoscaling:${operation}`,
      arn("application-autoscaling", facts, `scalable-target/${text(input.ResourceId)}`),
      {
        "application-autoscaling:service-namespace": text(input.ServiceNamespace),
        "application-autoscaling:scalable-dimension": text(input.ScalableDimension),
      },
    ),
  ],
  "servicequotas:ListServiceQuotas": anywhere("servicequotas"),
  "logs:DescribeLogGroups": on("logs", () => "log-group::log-stream:"),
  "logs:DescribeLogStreams": logGroup,
  "logs:FilterLogEvents": logGroup,
  "logs:GetDataProtectionPolicy": logGroup,
  // "You must use credentials that have permission to write to the S3 bucket":
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html
  "logs:CreateExportTask": (request, facts) => {
    const { destination, destinationPrefix } = request.input;
    const folder = `arn:aws:s3:::${text(destination)}/${text(destinationPrefix) || "exportedlogs"}`;
    return [...logGroup(request, facts), need("s3:PutObject", `${folder}/aws-logs-write-test`)];
  },
  "logs:GetLogEvents": logStream,
  "logs:DescribeExportTasks": anywhere("logs"),
  "ssm:GetParameter": parameter,
  "ssm:GetParameters": on("ssm", ({ Names }) => names(Names).map(parameterName)),
  "ssm:GetParameterHistory": parameter,
  "ssm:LabelParameterVersion": parameter,
  "ssm:PutParameter": parameter,
  "ssm:DescribeParameters": anywhere("ssm"),
  "cloudtrail:LookupEvents": anywhere("cloudtrail"),
  "cloudtrail:DescribeTrails": anywhere("cloudtrail"),
  "cloudtrail:ListPublicKeys": anywhere("cloudtrail"),
  "cloudtrail:GetTrail": trail("Name"),
  "cloudtrail:GetTrailStatus": trail("Name"),
  "cloudtrail:GetEventSelectors": trail("TrailName"),
  "iam:GetRole": role,
  "iam:ListRolePolicies": role,
  "iam:GetRolePolicy": role,
  "iam:ListAttachedRolePolicies": role,
  "iam:PutRolePolicy": role,
  "iam:DeleteRolePolicy": role,
  "iam:UpdateAssumeRolePolicy": role,
  "iam:SimulatePrincipalPolicy": policySource,
  "iam:SimulateCustomPolicy": anywhere("iam"),
  "iam:GetPolicy": policy,
  "iam:GetPolicyVersion": policy,
  "sns:Publish": ({ input }) => [need("sns:Publish", text(input.TopicArn))],
  "ses:SendEmail": sendEmail,
  "kms:Sign": key,
  "kms:GetPublicKey": key,
  // Beginning a job hands its role over.
  "s3control:CreateJob": ({ input }) => [
    need("s3:CreateJob", "*", { "s3:requestjoboperation": text(input.operation) }),
    need("iam:PassRole", text(input.roleArn), {
      "iam:passedtoservice": "batchoperations.s3.amazonaws.com",
    }),
  ],
  "s3control:DescribeJob": job,
  "s3control:UpdateJobStatus": job,
};
