// Every question the console may ask the office.
import { get, getFile, post, postForFile, put } from './http'
import type {
  ListedRevisit,
  DialAsked,
  AnswerWritten,
  Act,
  AnswerOfCall,
  AnswerTyped,
  ArticleRestored,
  ArticleRetired,
  ArticleTyped,
  ArticlesAsked,
  AuditPage,
  BulletinAsked,
  BindCode,
  BoundChat,
  CallOrder,
  CallPage,
  CallerShown,
  CaseClocks,
  CaseFeatures,
  CasePage,
  CityMeta,
  Claimed,
  Device,
  EndedSessions,
  ErasureAsked,
  FactorBegun,
  FactorCodes,
  FactorState,
  FoundArticles,
  HealthReport,
  KeptCallDraft,
  LeaveForm,
  LeaveGiven,
  LeaveList,
  ListedArticle,
  ListedPerson,
  MediaRef,
  FloorShown,
  ListenAsked,
  Me,
  Neighbour,
  NuisanceAsked,
  NoticePage,
  OpenContact,
  OpenedCase,
  OwnSeat,
  PersonKept,
  PlacedHouses,
  PlanShown,
  Receipt,
  SavedView,
  RetentionShown,
  RoomDayShown,
  RevisitsTold,
  SeatAct,
  SeatForced,
  SeatOpened,
  SheetKind,
  NumberAsked,
  OpenNumber,
  ShownAlarm,
  ShownCallBack,
  ShownArticle,
  ShownBulletin,
  ShownHold,
  ShownLeave,
  ShownNuisance,
  ShownTalk,
  ShownWish,
  SignedInAt,
  TrialAsked,
  TrialHeard,
  TriedAgain,
  TypedDraft,
  TypedReport,
  StopAsked,
  UnmaskAsked,
  Whose,
  WishGoing,
  WordsAsked,
  operations,
} from './types'

/** What a list of cases is narrowed to; what is undefined is left out. */
export type CaseQuery = { [K in keyof Asked]?: Asked[K] | undefined }
type AuditAsked = { [K in keyof Sought]?: Sought[K] | undefined }
type Sought = NonNullable<operations['audit_listed']['parameters']['query']>
type Asked = NonNullable<operations['cases_list_cases']['parameters']['query']>

/** What stands behind the question mark; what says nothing is left out. */
export function query(fields: Record<string, string | number | boolean | undefined>): string {
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
  login: (username: string, password: string, code = '') =>
    post<Me>('/api/login', { username, password, code }),
  factor: () => get<FactorState>('/api/me/second-factor'),
  beginFactor: (password: string) =>
    post<FactorBegun>('/api/me/second-factor/begin', { password }),
  confirmFactor: (code: string) => post<FactorCodes>('/api/me/second-factor/confirm', { code }),
  endFactor: (password: string, code: string) =>
    post<object>('/api/me/second-factor/end', { password, code }),
  logout: () => post<object>('/api/logout'),
  speak: (language: string) => post<Me>('/api/me', { language }),
  workAs: (chosen: string) => post<Me>('/api/me/post', { post: chosen }),
  changePassword: (old: string, fresh: string) =>
    post<EndedSessions>('/api/me/password', { old, new: fresh }),
  meta: () => get<CityMeta>('/api/meta'),
  cases: (asked: CaseQuery) => get<CasePage>(`/api/cases${query({ ...asked })}`),
  /** A case with its timeline; of a long one the beginning, and so many of the newest entries. */
  case: (number: string, newest?: number) => get<OpenedCase>(`/api/cases/${segment(number)}${query({ newest })}`),
  paper: (number: string) => getFile(`/api/cases/${segment(number)}/paper`),
  proof: (number: string) => getFile(`/api/cases/${segment(number)}/proof`),
  near: (number: string) => get<Neighbour[]>(`/api/cases/${segment(number)}/near`),
  clocks: (number: string) => get<CaseClocks>(`/api/cases/${segment(number)}/clocks`),
  act: (number: string, act: Act) => post<OpenedCase>(`/api/cases/${segment(number)}/act`, act),
  claim: (number: string, tab: string) => post<Claimed>(`/api/cases/${segment(number)}/claim`, { tab }),
  endClaim: (number: string, tab: string) =>
    post<object>(`/api/cases/${segment(number)}/claim/end`, { tab }, true),
  views: () => get<SavedView[]>('/api/views'),
  saveView: (name: string, asked: string) => post<SavedView>('/api/views', { name, query: asked }),
  renameView: (id: string, name: string) => post<SavedView[]>(`/api/views/${segment(id)}/name`, { name }),
  dropView: (id: string) => post<SavedView[]>(`/api/views/${segment(id)}/drop`),
  contact: (number: string, why: UnmaskAsked) =>
    post<OpenContact>(`/api/cases/${segment(number)}/contact`, why),
  revisits: (number: string) => get<RevisitsTold>(`/api/cases/${segment(number)}/revisits`),
  unreached: () => get<ListedRevisit[]>('/api/revisits/unreached'),
  writeRevisit: (number: string, id: string, given: AnswerWritten) =>
    post<RevisitsTold>(`/api/cases/${segment(number)}/revisits/${segment(id)}/answer`, given),
  dial: (number: string, asked: DialAsked) =>
    post<RevisitsTold>(`/api/cases/${segment(number)}/dial`, asked),
  doNotCall: (number: string, asked: StopAsked) =>
    post<RevisitsTold>(`/api/cases/${segment(number)}/do-not-call`, asked),
  retention: () => get<RetentionShown>('/api/privacy/retention'),
  holds: () => get<ShownHold[]>('/api/privacy/holds'),
  hold: (number: string, reason: string) =>
    post<object>(`/api/cases/${segment(number)}/hold`, { reason }),
  endHold: (number: string, reason: string) =>
    post<object>(`/api/cases/${segment(number)}/hold/end`, { reason }),
  keptOf: (whose: Whose) => post<PersonKept>('/api/privacy/person', whose),
  exportOf: (whose: Whose) => postForFile('/api/privacy/export', whose),
  erasures: () => get<ShownWish[]>('/api/privacy/erasures'),
  askErasure: (asked: ErasureAsked) => post<ShownWish>('/api/privacy/erasures', asked),
  erasure: (id: string) => get<WishGoing>(`/api/privacy/erasures/${segment(id)}`),
  agreeErasure: (id: string, seen: string) =>
    post<ShownWish>(`/api/privacy/erasures/${segment(id)}/agree`, { seen }),
  declineErasure: (id: string) => post<ShownWish>(`/api/privacy/erasures/${segment(id)}/decline`),
  sessions: () => get<SignedInAt[]>('/api/me/sessions'),
  endSession: (id: string) => post<EndedSessions>(`/api/me/sessions/${segment(id)}/end`),
  endOtherSessions: () => post<EndedSessions>('/api/me/sessions/end'),
  calls: (limit = 50) => get<CallPage>(`/api/calls${query({ limit })}`),
  notices: (state: string) => get<NoticePage>(`/api/notices${query({ state })}`),
  retry: (id: string) => post<object>(`/api/notices/${segment(id)}/retry`),
  health: () => get<HealthReport>('/api/health'),
  tryAgain: (queue: string, ref: string) =>
    post<TriedAgain>('/api/health/again', { queue, ref }),
  people: () => get<ListedPerson[]>('/api/people'),
  code: (person: string) => post<BindCode>(`/api/people/${segment(person)}/code`),
  leaves: () => get<LeaveList>('/api/leaves'),
  leaveForm: (person: string) => get<LeaveForm>(`/api/people/${segment(person)}/leave`),
  setLeave: (person: string, given: LeaveGiven) =>
    post<ShownLeave>(`/api/people/${segment(person)}/leave`, given),
  endLeave: (id: number) => post<ShownLeave>(`/api/leaves/${id}/end`),
  audit: (asked: AuditAsked) =>
    get<AuditPage>(`/api/audit${query({ ...asked })}`),
  chats: (person: string) => get<BoundChat[]>(`/api/people/${segment(person)}/chats`),
  unbind: (person: string, channel: string) =>
    post<object>(`/api/people/${segment(person)}/chats/${segment(channel)}/unbind`),
  seat: () => get<OwnSeat>('/api/seat'),
  seatOnline: (device: Device = 'browser') => post<SeatOpened>('/api/seat/online', { device }),
  seatAct: (asked: SeatAct) => post<OwnSeat>('/api/seat/act', asked),
  whoCalls: (key: string) => get<CallerShown>(`/api/seat/calls/${segment(key)}`),
  order: (key: string, asked: CallOrder) =>
    post<OwnSeat>(`/api/seat/calls/${segment(key)}/order`, asked),
  talk: (key: string) => get<ShownTalk>(`/api/seat/calls/${segment(key)}/talk`),
  callDraft: (key: string) => get<KeptCallDraft>(`/api/seat/calls/${segment(key)}/draft`),
  keepCallDraft: (key: string, draft: TypedDraft, last = false) =>
    put<KeptCallDraft>(`/api/seat/calls/${segment(key)}/draft`, draft, last),
  /** Where a list is written into a file, as it is narrowed. */
  listExport: (asked: Record<string, string | number | boolean | undefined>) => `/api/cases/export${query(asked)}`,
  takeDraft: (call: string) => post<object>(`/api/room/calls/${segment(call)}/draft`),
  moveCall: (call: string, target: string) => post<object>(`/api/room/calls/${segment(call)}/move`, { target }),
  forceSeat: (seat: string, asked: SeatForced) => post<object>(`/api/room/seats/${segment(seat)}/state`, asked),
  listen: (asked: ListenAsked) => post<object>('/api/room/listen', asked),
  turnListening: (id: string, way: ListenAsked['way']) => post<object>(`/api/room/listen/${segment(id)}/way`, { way }),
  endListening: (id: string) => post<object>(`/api/room/listen/${segment(id)}/end`),
  floor: () => get<FloorShown>('/api/room/floor'),
  figures: (day: string, by: string, id: string) => get<RoomDayShown>(`/api/room/figures${query({ day, by, id })}`),
  figuresExport: (first: string, last: string, by: string, format: SheetKind) =>
    `/api/room/figures/export${query({ first, last, by, format })}`,
  callAnswer: (key: string) => get<AnswerOfCall>(`/api/seat/calls/${segment(key)}/answer`),
  answerCall: (key: string, asked: AnswerTyped) =>
    post<AnswerOfCall>(`/api/seat/calls/${segment(key)}/answer`, asked),
  undoAnswer: (key: string) => post<object>(`/api/seat/calls/${segment(key)}/answer/undo`),
  articles: (asked: { q?: string; matter?: string; state?: string }) =>
    get<FoundArticles>(`/api/knowledge${query(asked)}`),
  suggestArticles: (asked: ArticlesAsked) => post<ListedArticle[]>('/api/knowledge/suggest', asked),
  dueArticles: () => get<ListedArticle[]>('/api/knowledge/due'),
  writeArticle: (typed: ArticleTyped) => post<ShownArticle>('/api/knowledge/articles', typed),
  retireArticle: (id: string, asked: ArticleRetired) =>
    post<ShownArticle>(`/api/knowledge/articles/${segment(id)}/retire`, asked),
  restoreArticle: (id: string, asked: ArticleRestored) =>
    post<ShownArticle>(`/api/knowledge/articles/${segment(id)}/restore`, asked),
  article: (id: string) => get<ShownArticle>(`/api/knowledge/articles/${segment(id)}`),
  alarms: () => get<ShownAlarm[]>('/api/room/alarms'),
  seeAlarm: (id: string) => post<object>(`/api/room/alarms/${segment(id)}/seen`),
  callBacks: () => get<ShownCallBack[]>('/api/room/call-backs'),
  ringBack: (id: string) => post<object>(`/api/room/call-backs/${segment(id)}/now`),
  callBackDone: (id: string, said: string) => post<object>(`/api/room/call-backs/${segment(id)}/done`, { said }),
  dropCallBack: (id: string, said: string) => post<object>(`/api/room/call-backs/${segment(id)}/drop`, { said }),
  callBackNumber: (id: string, asked: NumberAsked) =>
    post<OpenNumber>(`/api/room/call-backs/${segment(id)}/number`, asked),
  bulletins: () => get<ShownBulletin[]>('/api/room/bulletins'),
  publish: (asked: BulletinAsked) => post<ShownBulletin>('/api/room/bulletins', asked),
  endBulletin: (id: string) => post<object>(`/api/room/bulletins/${segment(id)}/end`),
  keepSound: (wave: Blob) => put<MediaRef>('/api/room/bulletins/sound', wave),
  bulletinSound: (id: string) => `/api/room/bulletins/${segment(id)}/sound`,
  plan: () => get<PlanShown>('/api/room/plan'),
  tryCall: (asked: TrialAsked) => post<TrialHeard>('/api/room/try', asked),
  speakWords: (asked: WordsAsked) => postForFile('/api/room/speak', asked),
  promptSound: (language: string, prompt: string) =>
    `/api/room/prompts/${segment(language)}/${segment(prompt)}`,
  nuisances: () => get<ShownNuisance[]>('/api/nuisance'),
  askNuisance: (asked: NuisanceAsked) => post<object>('/api/nuisance', asked),
  agreeNuisance: (id: string) => post<object>(`/api/nuisance/${segment(id)}/agree`),
  endNuisance: (id: string) => post<object>(`/api/nuisance/${segment(id)}/end`),
  report: (typed: TypedReport) => post<Receipt>('/api/reports', typed),
  geojson: (name: string) => get<GeoJSON.FeatureCollection>(`/api/map/${name}.geojson`),
  houses: (words: string) =>
    get<PlacedHouses>(`/api/map/houses${query({ words })}`),
  mapCases: (open: boolean) => get<CaseFeatures>(`/api/map/cases${query({ open })}`),
  media: (sha: string) => `/api/media/${segment(sha)}`,
}
