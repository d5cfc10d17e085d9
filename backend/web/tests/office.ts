// A city, a case and somebody signed in, as the office tells of them.
import type { ActionLabel, CaseDetail, CityMeta, ListedCase, Me, OpenedCase, ShownField, Stage } from '@/api/types'
import { me, meta } from '@/state/session'

export function row(number: string, changed: Partial<ListedCase> = {}): ListedCase {
  return {
    number,
    stage: 'reported',
    light: 'green',
    version: 1,
    channel: 'phone',
    text: '',
    text_confirmed: true,
    place_text: '',
    matter: null,
    matter_name: null,
    matter_name_en: null,
    urgency: 'normal',
    department: null,
    department_name: null,
    fields: {},
    assignments: {},
    counts: {},
    times: {},
    facets: {},
    cell: null,
    point: null,
    place_unsure: false,
    has_recording: false,
    photos: 0,
    direct: [],
    back: null,
    received_at: '2026-11-26T08:00:00.000Z',
    stage_since: null,
    stage_due: null,
    due: null,
    due_stopped: null,
    ...changed,
  }
}

export function opened(number: string, changed: Partial<CaseDetail> = {}, undo: string | null = null): OpenedCase {
  const more = {
    language: 'zh_CN',
    condition: null,
    unsure: false,
    outside: null,
    due_provisional: false,
    suggestions: [],
    returns: [],
    asked: null,
    clocks: [],
    suggested: {},
    among: {},
    suggested_department: null,
    joined: 0,
    limits: {},
    closing: null,
  }
  return { case: { ...row(number), ...more, ...changed }, bound: [], callers: [], contact: null, buttons: [], undo, timeline: [], hidden: null, hold: null, erased: [] }
}

const DRAWN = { icon: '', tone: '', mark: '', short: '', short_en: '' }

export function stage(id: string, changed: Partial<Stage> = {}): Stage {
  return { id, name: id, name_en: id, end: false, clock: '', runs: [], pauses: [], prompt: '', told: '', told_en: '', ...DRAWN, ...changed }
}

export function action(id: string, changed: Partial<ActionLabel> = {}): ActionLabel {
  return { id, name: id, name_en: id, in_chats: true, tells: '', tells_en: '', duty: '', note: '', note_en: '', key: '', ...DRAWN, ...changed }
}

export const called = (id: string, name: string, name_en: string) => ({ id, name, name_en, ...DRAWN })

/** A field of the form. */
export function field(id: string, type: string, changed: Partial<ShownField> = {}): ShownField {
  const plain = { source: '', suggest: '', min: null, max: null, decimals: 0, role: '', inner: false, listed: false, until: '', within: '', kind: '', once: false, anew: false, kept: false, ahead: 0 }
  return { id, type, name: id, name_en: id, options: [], people: [], ...plain, ...changed }
}

export const option = (id: string, name = id, parent: string | null = null) => ({ id, name, name_en: id, parent, prompt: '', inner: false, posts: [] as string[] })

/** Signs somebody in whose own cases are those of these stages. */
export function signIn(stages: string[] = ['reported'], changed: Partial<CityMeta> = {}): void {
  me.value = { person: 'acceptor1', name: '', post: 'acceptor', posts: [], acting: 'acceptor', acts_for: [], away_until: null, permissions: [], department: null, department_name: null, language: 'zh_CN', csrf: '', factor_needed: false } as Me
  meta.value = {
    city: { name: '', name_en: '', zone: 'Asia/Shanghai', center: [0, 0], synthetic: true },
    stages: [stage('reported'), stage('handling'), stage('closed', { end: true })],
    actions: [],
    roles: [],
    posts: [],
    times: [],
    counts: [],
    links: [],
    centres: [],
    fields: [],
    departments: [{ id: 'water', name: '', name_en: '' }],
    collectors: [],
    matters: [],
    areas: [],
    area_classes: [],
    whole: null,
    urgencies: ['critical', 'urgent', 'normal'],
    channels: ['phone', 'telegram'],
    waits: { stages, lying: {}, asking: [] },
    direct: [],
    letters: {}, spelled: {},
    everything: true,
    several: true,
    number_digits: 8,
    near_days: 90,
    limits: {},
    rules: {},
    feed: 0,
    calendar_provisional: [],
    password_least: 12,
    unmask_reasons: [],
    columns: [],
    ...changed,
  }
}
