//! KPIs of the user's own: two expressions, evaluated over the fields of a leg when it is measured. Pure.
//!
//! The language is the Common Expression Language. Its variables are fields of `Leg` under their own names:
//!
//! | kind | variables |
//! |---|---|
//! | integers, ms or counts | `wait_ms`, `talk_ms`, `customer_hold_ms`, `system_hold_ms`, `wrap_ms`, `dialing_ms`, `contacting_ms`, `handle_ms`, `transfers_out`, `service_level_target_ms` |
//! | integers or null | `start`, `arrival`, `answered_at`, `abandoned_at`, `flow_out_at`, `end`, `transferred_in_at` (ms since 1970); `reported_handle_ms`, `handle_mismatch_ms`, `genesys_handle_ms`, `active_agent_ms`, `elapsed_agent_ms` |
//! | decimal | `weight` |
//! | text | `media_type` (`VOICE`, …), `source` (the word of `genesys.dialect`), `skill_set`, `language` |
//! | text or null | `queue_id`, `queue_name`, `user_id`, `media_reported`, `direction`, `contact_direction`, `wrapup_code_id`, `wrapup_code_name` |
//! | booleans | `kept`, `offered`, `short_abandoned`, `sla_breach`, `service_level_within`, `service_level_of`, `resolved`, `weight_gap`, `parts_known`, `transfer_row`, `queue_excluded` |
//!
//! A boolean result counts as 1 or 0. A decimal literal makes decimals of integers only when the integer is converted:
//! `double(talk_ms) / 1000.0`. Arithmetic on null fails, and what fails counts 0 and is flagged
//! `CUSTOM_FAILED`, as does a result beyond two thousand million.

use std::sync::Arc;

use cel::{Context, Env, Program, Value};

use crate::config::typed::CustomKpi;
use crate::domain::leg::Leg;
use crate::domain::varint;

/// Flag of a leg for which an expression failed.
pub const FAILED: &str = "CUSTOM_FAILED";

/// The largest result of an expression for one leg: two thousand million, more than the milliseconds of the longest leg.
/// More, and a row of a few thousand legs could not hold the sum.
const RESULT_MAX_MILLIONTHS: u64 = 2_000_000_000 * 1_000_000;

/// The KPIs of the settings, ready to be evaluated. Cloning shares the programs.
#[derive(Clone)]
pub struct Expressions {
    env: Arc<Env>,
    // In the order of the KPIs' names: sum, over.
    programs: Vec<[Expression; 2]>,
}

#[derive(Clone, Debug)]
struct Expression {
    text: String,
    // None: it is no expression, so it fails on every leg.
    program: Option<Arc<Program>>,
    variables: Vec<String>,
}

impl std::fmt::Debug for Expressions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Expressions").field(&self.programs).finish()
    }
}

/// Equal when the texts are.
impl PartialEq for Expressions {
    fn eq(&self, other: &Expressions) -> bool {
        let texts = |all: &Expressions| -> Vec<[String; 2]> {
            all.programs.iter().map(|pair| pair.each_ref().map(|one| one.text.clone())).collect()
        };
        texts(self) == texts(other)
    }
}

impl Expressions {
    /// Compiles the KPIs of the settings.
    #[must_use]
    pub fn new(kpis: &[CustomKpi]) -> Expressions {
        let mut kpis: Vec<&CustomKpi> = kpis.iter().collect();
        kpis.sort_by(|a, b| a.name.cmp(&b.name));
        let programs = kpis.into_iter().map(|kpi| [&kpi.sum, &kpi.over].map(|text| Expression::new(text))).collect();
        Expressions { env: Arc::new(Env::stdlib()), programs }
    }

    /// Evaluates all KPIs over a leg: its `custom` bytes, and whether any expression failed.
    #[must_use]
    pub fn results(&self, leg: &Leg) -> (Vec<u8>, bool) {
        if self.programs.is_empty() {
            return (vec![0], false);
        }
        let mut out = vec![1];
        let mut failed = false;
        for expression in self.programs.iter().flatten() {
            let result = expression.millionths(leg, &self.env);
            failed |= result.is_none();
            varint::put_signed(&mut out, result.unwrap_or(0));
        }
        (out, failed)
    }
}

impl Expression {
    fn new(text: &str) -> Expression {
        let program = Program::compile(text).ok();
        let references = program.as_ref().map(Program::references);
        let variables = references.map(|all| all.variables().into_iter().map(str::to_owned).collect());
        Expression { text: text.to_owned(), variables: variables.unwrap_or_default(), program: program.map(Arc::new) }
    }

    /// The result in millionths; `None` when it is no number, or one so large that rows could not add such up.
    fn millionths(&self, leg: &Leg, env: &Arc<Env>) -> Option<i64> {
        self.result(leg, env).filter(|millionths| millionths.unsigned_abs() <= RESULT_MAX_MILLIONTHS)
    }

    fn result(&self, leg: &Leg, env: &Arc<Env>) -> Option<i64> {
        let mut context = Context::with_env(Arc::clone(env));
        for name in &self.variables {
            if let Some(value) = variable(leg, name) {
                context.add_variable_from_value(name.clone(), value);
            }
        }
        match self.program.as_ref()?.execute(&context).ok()? {
            Value::Bool(holds) => Some(i64::from(holds) * 1_000_000),
            Value::Int(whole) => whole.checked_mul(1_000_000),
            Value::UInt(whole) => i64::try_from(whole).ok()?.checked_mul(1_000_000),
            Value::Float(number) => {
                let millionths = (number * 1e6).round();
                // 2^63 as a decimal: beyond it, and for what is no number, there is no such integer.
                (millionths.abs() < 9.223_372_036_854_776e18).then_some(millionths as i64)
            }
            _ => None,
        }
    }
}

/// A field of the leg as a value of the language; `None` for a name that is no field.
fn variable(leg: &Leg, name: &str) -> Option<Value> {
    Some(match name {
        "start" => leg.start.into(),
        "arrival" => leg.arrival.into(),
        "answered_at" => leg.answered_at.into(),
        "abandoned_at" => leg.abandoned_at.into(),
        "flow_out_at" => leg.flow_out_at.into(),
        "end" => leg.end.into(),
        "transferred_in_at" => leg.transferred_in_at.into(),
        "reported_handle_ms" => leg.reported_handle_ms.into(),
        "handle_mismatch_ms" => leg.handle_mismatch_ms.into(),
        "genesys_handle_ms" => leg.genesys_handle_ms.into(),
        "active_agent_ms" => leg.active_agent_ms.into(),
        "elapsed_agent_ms" => leg.elapsed_agent_ms.into(),
        "wait_ms" => leg.wait_ms.into(),
        "talk_ms" => leg.talk_ms.into(),
        "customer_hold_ms" => leg.customer_hold_ms.into(),
        "system_hold_ms" => leg.system_hold_ms.into(),
        "wrap_ms" => leg.wrap_ms.into(),
        "dialing_ms" => leg.dialing_ms.into(),
        "contacting_ms" => leg.contacting_ms.into(),
        "handle_ms" => leg.handle_ms.into(),
        "transfers_out" => leg.transfers_out.into(),
        "service_level_target_ms" => leg.service_level_target_ms.into(),
        "weight" => leg.weight.into(),
        "media_type" => leg.media_type.symbol().into(),
        "source" => leg.source.word().into(),
        "skill_set" => leg.skill_set.as_str().into(),
        "language" => leg.language.as_str().into(),
        "queue_id" => leg.queue_id.clone().into(),
        "queue_name" => leg.queue_name.clone().into(),
        "user_id" => leg.user_id.clone().into(),
        "media_reported" => leg.media_reported.clone().into(),
        "direction" => leg.direction.clone().into(),
        "contact_direction" => leg.contact_direction.clone().into(),
        "wrapup_code_id" => leg.wrapup_code_id.clone().into(),
        "wrapup_code_name" => leg.wrapup_code_name.clone().into(),
        "kept" => leg.kept.into(),
        "offered" => leg.offered.into(),
        "short_abandoned" => leg.short_abandoned.into(),
        "sla_breach" => leg.sla_breach.into(),
        "service_level_within" => leg.service_level_within.into(),
        "service_level_of" => leg.service_level_of.into(),
        "resolved" => leg.resolved.into(),
        "weight_gap" => leg.weight_gap.into(),
        "parts_known" => leg.parts_known.into(),
        "transfer_row" => leg.transfer_row.into(),
        "queue_excluded" => leg.queue_excluded.into(),
        _ => return None,
    })
}

/// Reads the `custom` bytes of a leg: sum and over of each KPI in millionths, in the order of the KPIs' names; `None` when
/// they are not such bytes.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<(i64, i64)>> {
    let (format, mut rest) = bytes.split_first()?;
    match format {
        0 => rest.is_empty().then(Vec::new),
        1 => {
            let mut results = Vec::new();
            while !rest.is_empty() {
                results.push((varint::take_signed(&mut rest)?, varint::take_signed(&mut rest)?));
            }
            Some(results)
        }
        _ => None,
    }
}
