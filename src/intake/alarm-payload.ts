import { z } from "zod";
import { quoted } from "../errors.ts";
import { badSignal } from "./bad-signal.ts";

/** A state change of a CloudWatch alarm, whichever way it came. */
export interface AlarmChange {
  name: string;
  arn: string;
  state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  /** Why, in CloudWatch's words. */
  reason: string;
  /** What its owner wrote about it; empty when nothing. */
  about: string;
  changedAt: Date;
}

const state = z.enum(["ALARM", "OK", "INSUFFICIENT_DATA"]);
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const alarmName = z.string().min(1).max(255);
/** A colon may stand in the name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
const alarmArn = z.string().regex(/^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]{1,30}:\d{12}:alarm:.{1,255}$/);
const reason = z.string().max(20_000).default("");
const about = z.string().max(20_000).nullish();

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
const eventSchema = z.object({
  source: z.literal("aws.cloudwatch"),
  "detail-type": z.literal("CloudWatch Alarm State Change"),
  resources: z.array(alarmArn).min(1),
  detail: z.object({
    alarmName,
    configuration: z.object({ description: about }).optional(),
    state: z.object({ value: state, reason, timestamp: z.string().max(60) }),
  }),
});

/** What CloudWatch publishes to a topic (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html). */
const messageSchema = z.object({
  AlarmName: alarmName,
  AlarmArn: alarmArn,
  AlarmDescription: about,
  NewStateValue: state,
  NewStateReason: reason,
  StateChangeTime: z.string().max(60),
});

/** https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html */
const notificationSchema = z.object({ Type: z.literal("Notification"), Message: z.string().max(300_000) });

const HELP = "Send what EventBridge or SNS sent, unchanged: docs/intake.md shows both.";

/**
 * Reads the `client_payload` of a repository_dispatch: an EventBridge event under `event`, or an SNS notification under
 * `notification`. GitHub takes ten members of a payload, which a notification alone can have.
 * @throws FirebreakError `bad-signal` that names the member which is not as AWS writes it, and shows none of its text.
 */
export function readAlarm(payload: unknown): AlarmChange {
  const given = z.object({ event: z.unknown(), notification: z.unknown() }).partial().safeParse(payload);
  const { event, notification } = given.data ?? {};
  if ((event === undefined) === (notification === undefined))
    throw badSignal("client_payload", "has to hold either 'event' or 'notification'", HELP);
  return notification === undefined ? fromEvent(event) : fromNotification(notification);
}

function fromEvent(value: unknown): AlarmChange {
  const { resources, detail } = read(eventSchema, value, "client_payload.event");
  const arn = resources[0] ?? "";
  const where = "client_payload.event";
  return checked(where, {
    name: detail.alarmName,
    arn,
    state: detail.state.value,
    reason: detail.state.reason,
    about: detail.configuration?.description ?? "",
    changedAt: instant(detail.state.timestamp, `${where}.detail.state.timestamp`),
  });
}

function fromNotification(value: unknown): AlarmChange {
  const where = "client_payload.notification.Message";
  const { Message } = read(notificationSchema, value, "client_payload.notification");
  let json: unknown;
  try {
    json = JSON.parse(Message);
  } catch {
    throw badSignal(where, "is not JSON, as an alarm's message is", HELP);
  }
  const alarm = read(messageSchema, json, where);
  return checked(where, {
    name: alarm.AlarmName,
    arn: alarm.AlarmArn,
    state: alarm.NewStateValue,
    reason: alarm.NewStateReason,
    about: alarm.AlarmDescription ?? "",
    changedAt: instant(alarm.StateChangeTime, `${where}.StateChangeTime`),
  });
}

/** The ARN and the name have to be of the same alarm: one tells signals apart, the other says what they are about. */
function checked(where: string, change: AlarmChange): AlarmChange {
  if (change.arn.split(":").slice(6).join(":") === change.name) return change;
  throw badSignal(where, "has the name of one alarm and the ARN of another", HELP);
}

function read<Shape>(schema: z.ZodType<Shape>, value: unknown, where: string): Shape {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = (parsed.error.issues[0]?.path ?? []).map(String).join(".");
  throw badSignal(path === "" ? where : `${where}.${path}`, "is missing or not as AWS writes it", HELP);
}

/** CloudWatch writes `2019-10-02T17:04:40.989+0000`. */
function instant(text: string, where: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(Z|[+-]\d{2}:?\d{2})$/.exec(text);
  const zone = match?.[2]?.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const at = new Date(match ? `${match[1]}${zone}` : Number.NaN);
  if (Number.isNaN(at.getTime())) throw badSignal(where, `is no moment: ${quoted(text)}`, HELP);
  return at;
}
