// What the office sends; the names are those of docs/api.md.

export type Light = 'green' | 'yellow' | 'red'
export type Urgency = 'critical' | 'urgent' | 'normal'
export interface Point {
  lon: number
  lat: number
}

export interface Me {
  person: string
  name: string
  post: string
  department: string | null
  department_name: string | null
  language: string
  csrf: string
}

export interface Condition {
  key: string
  name: string
  name_en: string
  limit: string | null
}
export interface Matter {
  code: string
  name: string
  name_en: string
  group: string
  group_name: string
  group_name_en: string
  /** What it is found by: its names as they are said, spelled in letters, by initials. */
  words: string[]
  conditions: Condition[]
}
export interface Department {
  id: string
  name: string
  name_en: string
}
export interface Collector {
  id: string
  name: string
  grids: string[]
}
export interface Meta {
  city: { name: string; name_en: string; zone: string; center: [number, number]; synthetic: boolean }
  stages: string[]
  ends: string[]
  departments: Department[]
  collectors: Collector[]
  matters: Matter[]
  urgencies: Urgency[]
  channels: string[]
  /** What a verification may find. */
  found: string[]
  /** The cases that wait for who is signed in. */
  waits: { stages: string[]; department: string | null; collector: string | null }
  /** The moves that who is signed in makes at one tap. */
  direct: string[]
  everything: boolean
  /** The most characters that may be typed, by field; `words` are those of a case put right. */
  limits: Record<string, number>
  password_least: number
  /** The English names of the routing rules, by their names. */
  rules: Record<string, string>
  feed: number
  calendar_provisional: number[]
}

export interface Row {
  number: string
  stage: string
  light: Light
  version: number
  channel: string
  text: string
  text_confirmed: boolean
  place_text: string
  matter: string | null
  matter_name: string | null
  matter_name_en: string | null
  urgency: Urgency | null
  department: string | null
  department_name: string | null
  collector: string | null
  verified: string | null
  received_at: string
  filed_at: string | null
  handled_at: string | null
  stage_since: string | null
  stage_due: string | null
  due: string | null
  point: Point | null
  cell: string | null
  has_recording: boolean
  photos: number
  rework_count: number
  return_count: number
  /** Why it goes its way once more: the last words of who sent it back. */
  back: Back | null
  /** The moves that ask for nothing, whoever may make them. */
  direct: string[]
  /** A machine read the place out of the words, and cannot vouch for it. */
  place_unsure: boolean
}
export interface Back {
  action: string
  person_name: string | null
  post: string
  at: string
  note: string
}

export interface Suggestion {
  code: string
  name: string
  name_en: string
  score: number
  words: string[]
}
export interface SuggestedDepartment {
  id: string
  name: string
  name_en: string
  rule: string
}
export interface Returned {
  department: string
  department_name: string | null
  person_name: string | null
  at: string
  note: string
}
export interface CaseDetail extends Row {
  /** Departments that gave the case back, in order. */
  returns: Returned[]
  suggestions: Suggestion[]
  in_scope: boolean | null
  unsure: boolean
  condition: string | null
  collector_name: string | null
  handler_name: string | null
  routed_by: string | null
  reporter_name: string | null
  language: string
  due_provisional: boolean
  /** The position that was reported, where it lies outside the city. */
  outside: Point | null
  dispatched_at: string | null
  accepted_at: string | null
  closed_at: string | null
  suggested_collector: string | null
  suggested_department: SuggestedDepartment | null
  suggested_condition: string | null
}

export interface MediaRef {
  sha256: string
  kind: string
  mime: string
}
export interface Transcript {
  text: string
  raw: string
  engine: string
  confidence: number | null
  confirmed: boolean
}
export interface CallEntry {
  key: string
  caller_masked: string
  started_at: string
  ended_at: string | null
  seconds: number | null
  recording: string | null
  transcript: Transcript | null
  /** Why nobody could write the recording down; null where nobody gave up. */
  given_up: string | null
  marks: { mark: string; at: string; value: string }[]
}
export interface NoticeEntry {
  channel: string
  template: string
  text: string
  state: string
  attempts: number
  next_try: string | null
  error: string | null
  recipient: string
}
export interface Entry {
  id: string
  at: string
  kind: 'step' | 'call' | 'notice' | 'chat'
  action?: string
  post?: string
  person_name?: string
  note?: string
  changes?: Record<string, unknown>
  media?: MediaRef[]
  call?: CallEntry
  notice?: NoticeEntry
}
export interface Button {
  action: string
  needs: string[]
  takes: string[]
  /** What photos handed in with it are; "photo" where none are asked for. */
  evidence: string
  /** Whether it ends the case. */
  final: boolean
  /** Pressed without a form. */
  direct: boolean
}
export interface Contact {
  channel: string
  address_masked: string
  name_masked: string
}
export interface Detail {
  case: CaseDetail
  contact: Contact | null
  buttons: Button[]
  /** The action that takes back one's own newest step, while it may. */
  undo: string | null
  timeline: Entry[]
}

export interface Counts {
  stages: Record<string, number>
  lights: Record<Light, number>
  /** The lights of those that wait for whoever looks. */
  own_lights: Record<Light, number>
  /** Cases not filed yet, by what was found. */
  verified: Record<string, number>
  mine: number
}
export interface CasePage {
  items: Row[]
  next: string | null
  counts: Counts
}

export interface CallRow {
  key: string
  caller_masked: string
  started_at: string
  ended_at: string | null
  seconds: number | null
  number: string | null
  state: string
}
export interface NoticeRow extends NoticeEntry {
  id: string
  number: string | null
  created_at?: string | null
}
export interface PersonRow {
  person: string
  name: string
  post: string
  department: string | null
  username: string | null
  channels: BoundChat[]
}
export interface BoundChat {
  channel: string
  address_masked: string
}
export interface AuditRow {
  id: string
  at: string
  what: string
  person: string
  name: string | null
  subject: string
  subject_name: string | null
  number: string | null
  address: string
  request: string
}
export interface BindCode {
  code: string
  expires_at: string
}

export interface FeedMessage {
  kind: 'hello' | 'case' | 'call' | 'notice' | 'health' | 'counts' | 'reload'
  counts?: Counts
  seq?: number
  number?: string
  call?: string
  row?: Row | null
  at?: string
}
export type CheckState = 'right' | 'warn' | 'wrong' | 'off'
/** What lies aside in a queue and can be tried again. */
export interface AsideItem {
  queue: string
  queue_name: string
  ref: string
  reason: string
  since: string | null
}
/** How a part of the hotline is, in the reader's words. */
export interface Check {
  check: string
  state: CheckState
  title: string
  found: string
  means: string
  todo: string
  many: number
  items: AsideItem[]
}
