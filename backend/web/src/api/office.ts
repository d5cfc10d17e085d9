// Every question the console may ask the office.
import { get, post } from './http'
import type {
  AuditRow,
  BindCode,
  BoundChat,
  CallRow,
  CasePage,
  Check,
  Contact,
  Detail,
  Me,
  Meta,
  NoticeRow,
  PersonRow,
  Point,
} from './types'

export interface CaseQuery {
  stage?: string | undefined
  light?: string | undefined
  verified?: string | undefined
  from?: string | undefined
  to?: string | undefined
  matter?: string | undefined
  department?: string | undefined
  channel?: string | undefined
  urgency?: string | undefined
  sort?: string | undefined
  q?: string | undefined
  mine?: boolean | undefined
  open?: boolean | undefined
  limit?: number | undefined
  before?: string | undefined
}

export interface Act {
  action: string
  version: number
  key: string
  note: string
  media: string[]
  given: Record<string, unknown>
}

export interface TypedReport {
  text: string
  place_text: string
  point: Point | null
  contact: { channel: string; address: string; name: string } | null
  key: string
}

function query(fields: Record<string, string | number | boolean | undefined>): string {
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === '' || value === false) continue
    parts.set(name, value === true ? '1' : String(value))
  }
  const text = parts.toString()
  return text ? `?${text}` : ''
}

const segment = encodeURIComponent

export const office = {
  me: () => get<Me>('/api/me'),
  login: (username: string, password: string) => post<Me>('/api/login', { username, password }),
  logout: () => post<object>('/api/logout'),
  speak: (language: string) => post<Me>('/api/me', { language }),
  changePassword: (old: string, fresh: string) =>
    post<{ ended: number }>('/api/me/password', { old, new: fresh }),
  meta: () => get<Meta>('/api/meta'),
  cases: (asked: CaseQuery) => get<CasePage>(`/api/cases${query({ ...asked })}`),
  case: (number: string) => get<Detail>(`/api/cases/${segment(number)}`),
  act: (number: string, act: Act) => post<Detail>(`/api/cases/${segment(number)}/act`, act),
  contact: (number: string) =>
    post<{ address: string; name: string } & Partial<Contact>>(
      `/api/cases/${segment(number)}/contact`,
    ),
  calls: (limit = 50) => get<{ items: CallRow[] }>(`/api/calls${query({ limit })}`),
  notices: (state: string) => get<{ items: NoticeRow[] }>(`/api/notices${query({ state })}`),
  retry: (id: string) => post<object>(`/api/notices/${segment(id)}/retry`),
  health: () => get<{ checks: Check[] }>('/api/health'),
  tryAgain: (queue: string, ref: string) =>
    post<{ many: number }>('/api/health/again', { queue, ref }),
  people: () => get<PersonRow[] | { items: PersonRow[] }>('/api/people'),
  code: (person: string) => post<BindCode>(`/api/people/${segment(person)}/code`),
  audit: (asked: { what: string; who: string; number: string; before?: string | undefined }) =>
    get<{ items: AuditRow[]; more: string | null; kinds: string[] }>(`/api/audit${query({ ...asked })}`),
  chats: (person: string) => get<BoundChat[]>(`/api/people/${segment(person)}/chats`),
  unbind: (person: string, channel: string) =>
    post<object>(`/api/people/${segment(person)}/chats/${segment(channel)}/unbind`),
  report: (typed: TypedReport) => post<{ number: string }>('/api/reports', typed),
  geojson: (name: string) => get<GeoJSON.FeatureCollection>(`/api/map/${name}.geojson`),
  houses: (words: string) =>
    get<{ items: { name: string; point: Point }[] }>(`/api/map/houses${query({ words })}`),
  mapCases: (open: boolean) => get<GeoJSON.FeatureCollection>(`/api/map/cases${query({ open })}`),
  media: (sha: string) => `/api/media/${segment(sha)}`,
}
