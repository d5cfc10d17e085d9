// A city, a case and somebody signed in, as the office tells of them.
import type { CityMeta, ListedCase, Me, OpenedCase } from '@/api/types'
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
    collector: null,
    verified: null,
    cell: null,
    point: null,
    place_unsure: false,
    has_recording: false,
    photos: 0,
    rework_count: 0,
    return_count: 0,
    direct: [],
    back: null,
    received_at: '2026-11-26T08:00:00.000Z',
    stage_since: null,
    stage_due: null,
    due: null,
    filed_at: null,
    handled_at: null,
    ...changed,
  }
}

export function opened(number: string, changed: Partial<ListedCase> = {}, undo: string | null = null): OpenedCase {
  return { case: row(number, changed) as OpenedCase['case'], contact: null, buttons: [], undo, timeline: [] }
}

/** Signs somebody in whose own cases are those of these stages. */
export function signIn(stages: string[] = ['reported'], changed: Partial<CityMeta> = {}): void {
  me.value = { person: 'acceptor1', name: '', post: 'acceptor', department: null, language: 'zh_CN', csrf: '' } as Me
  meta.value = {
    city: { name: '', name_en: '', zone: 'Asia/Shanghai', center: [0, 0], synthetic: true },
    stages: ['reported', 'handling', 'closed'],
    ends: ['closed'],
    departments: [{ id: 'water', name: '', name_en: '' }],
    collectors: [],
    matters: [],
    urgencies: ['critical', 'urgent', 'normal'],
    channels: ['phone', 'telegram'],
    found: ['true', 'untrue'],
    waits: { stages, department: null, collector: null },
    direct: [],
    everything: true,
    limits: {},
    rules: {},
    feed: 0,
    calendar_provisional: [],
    password_least: 12,
    ...changed,
  }
}
