#include "saturate.h"
#include "active.h"
#include "clause.h"
#include "infer.h"
#include "simplify.h"
#include "unify.h"

#include <string.h>

/* One clause in this many is taken for its age, not its weight. */
#define AGE_RATIO 5

/* Pieces of work between two looks at the world outside. */
#define PIECES 64

bool saturate_init (Saturation *s, Bank *b, uint32_t truth) {
  memset (s, 0, sizeof *s);
  s->bank = b;
  s->truth = truth;
  s->epoch = b->epoch;
  s->answer = NONE;
  s->bound = UINT64_MAX;
  bank_join (b, &s->client);
  s->table_size = 64;
  s->table = mem_zeroed (&b->mem, s->table_size * sizeof *s->table);
  return s->table && rewrite_init (&s->rewriter, b) &&
         tree_init (&s->from, b) && tree_init (&s->into, b) &&
         tree_init (&s->equal, b);
}

void saturate_free (Saturation *s) {
  Bank *b = s->bank;
  if (!b)
    return;
  Mem *m = &b->mem;
  bank_leave (&s->client);
  rewrite_free (&s->rewriter);
  tree_free (&s->from);
  tree_free (&s->into);
  tree_free (&s->equal);
  mem_free (m, s->clause, s->clause_cap * sizeof *s->clause);
  mem_free (m, s->place, s->place_cap * sizeof *s->place);
  mem_free (m, s->task, s->task_cap * sizeof *s->task);
  mem_free (m, s->heap, s->heap_cap * sizeof *s->heap);
  mem_free (m, s->table, s->table_size * sizeof *s->table);
  values_free (m, &s->found);
  Vec *all[] = {&s->words, &s->records, &s->first, &s->units,  &s->agenda,
                &s->now,   &s->raw,     &s->form,  &s->other,  &s->trace,
                &s->draft, &s->scratch, &s->backlog, &s->path};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    vec_free (m, all[i]);
  memset (s, 0, sizeof *s);
}

/* Take a clause that has been waiting: simplified, it waits again; as it
   was, it becomes active. */
static bool take (Saturation *s, uint32_t id) {
  s->counts.given++;
  int r = simplify_clause (s, id);
  if (r <= 0)
    return r == 0 && simplify_agenda (s);
  return active_add (s, id) && (!is_unit (s, id) || active_backward (s, id)) &&
         infer_plan (s, id);
}

static bool retake (Saturation *s, uint32_t id) {
  int r = simplify_clause (s, id);
  if (r > 0)
    return clause_enqueue (s, id);
  return r == 0 && simplify_agenda (s);
}

uint32_t saturate_add (Saturation *s, bool support, const uint32_t *a,
                       uint32_t n) {
  s->bank->fault = FAULT_NONE;
  s->rewriter.journalling = false;
  uint32_t id = clause_push (s, a, n);
  if (id == NONE)
    return NONE;
  s->clause[id].support = support;
  s->clause[id].goal = a[0] == NONE;
  if (!put (s, &s->records, INPUT)) {
    clause_truncate (s, id);
    return NONE;
  }
  if (s->answer != NONE)
    return id;
  if (put (s, &s->agenda, id) && simplify_agenda (s))
    return id;
  s->agenda.size = 0;
  s->broken = true;
  return NONE;
}

static bool piece (Saturation *s, uint64_t *steps, SatStatus *status) {
  s->rewriter.journalling = false;
  if (s->backlog.size) {
    uint32_t id = s->backlog.item[0];
    memmove (s->backlog.item, s->backlog.item + 1,
             --s->backlog.size * sizeof *s->backlog.item);
    return retake (s, id);
  }
  if (s->next_task < s->tasks)
    return infer_task (s, s->task[s->next_task++]);
  bool by_age = s->counts.given % AGE_RATIO == AGE_RATIO - 1;
  if (clause_oldest (s) == NONE) {
    *status = s->incomplete ? SAT_LIMIT : SAT_SATURATED;
    return true;
  }
  if (!*steps) {
    *status = SAT_LIMIT;
    return true;
  }
  --*steps;
  return take (s, by_age ? clause_oldest (s) : clause_lightest (s));
}

SatStatus saturate_run (Saturation *s, uint64_t *steps, size_t clauses,
                        uint64_t weight, volatile bool *stop) {
  SatStatus status = SAT_PAUSE;
  s->bank->fault = FAULT_NONE;
  s->bound = weight;
  for (int i = 0; i < PIECES && status == SAT_PAUSE && !*stop; i++) {
    if (s->answer != NONE)
      status = SAT_PROVED;
    else if (s->clauses >= clauses)
      status = SAT_LIMIT;
    else if (!piece (s, steps, &status)) {
      s->broken = true;
      s->agenda.size = 0;
      unify_reset (s->bank);
      status = SAT_FAULT;
    }
  }
  s->bound = UINT64_MAX;
  s->rewriter.journalling = false;
  return status;
}

const char *saturate_invariant (Saturation *s) {
  size_t units = 0, filed = 0;
  const char *wrong = rewrite_invariant (&s->rewriter);
  if (!wrong)
    wrong = tree_invariant (&s->from);
  if (!wrong)
    wrong = tree_invariant (&s->into);
  if (!wrong)
    wrong = tree_invariant (&s->equal);
  if (wrong)
    return wrong;
  for (uint32_t id = 0; id < s->clauses; id++) {
    const SatClause *c = s->clause + id;
    if (c->state == FRESH && id != s->answer && s->answer == NONE)
      return "a clause was left half-way";
    units += c->state == ACTIVE && is_unit (s, id);
    for (uint32_t i = 0; i < 2 * c->count; i++)
      if (literals (s, id)[i] != NONE &&
          literals (s, id)[i] >= s->bank->terms)
        return "a literal is no term";
  }
  if (units != s->units.size)
    return "the list of active units is wrong";
  for (size_t i = 0; i < s->table_size; i++)
    filed += s->table[i] != 0;
  if (filed != s->filed)
    return "the table of clauses is wrong";
  for (size_t i = 1; i < s->heaped; i++)
    if (s->heap[i] < s->heap[(i - 1) / 2])
      return "the heap is out of order";
  return NULL;
}
