//! All rules of a session, compiled, and their evaluation over facts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use minijinja::{Environment, Value};
use thiserror::Error;

use super::compile::{self, Part};
use super::guard::Guard;
use super::problem::{Problem, Problems};
use super::{check, read};
use crate::rule::definition::Rule;
use crate::rule::facts::UNKNOWN_FACT;
use crate::rule::ledger::Ledger;

/// Rules, ready to be evaluated.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Rule>,
    environment: Environment<'static>,
    /// By rule.
    compiled: HashMap<String, Compiled>,
    /// Rules that speak only where they are asked to, by id: see [`RuleSet::is_preview`].
    previews: BTreeSet<String>,
    previews_speak: bool,
}

/// What is made of a rule once.
#[derive(Debug, Clone)]
struct Compiled {
    /// Under which the environment keeps its condition.
    condition: String,
    guard: Guard,
    /// Facts of nodes that its condition reads, without `node.`; `None`: all of them, or it cannot be told.
    reads: Option<Vec<String>>,
    params: Value,
}

/// Why a part of a rule has no value here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// The condition needs a fact that this run cannot give.
    #[error("{0} is not known here")]
    UnknownFact(String),
    /// The rule itself is wrong.
    #[error("{0}")]
    Broken(String),
}

impl RuleSet {
    /// The built-in rules and those of `extra_dirs`. A rule of a later folder replaces an
    /// earlier one of the same id, so that a site can tune what is built in.
    pub fn load(extra_dirs: &[PathBuf]) -> Result<Self, Problems> {
        let mut files = read::built_in();
        let mut problems = Vec::new();
        for dir in extra_dirs {
            match read::folder(dir) {
                Ok(more) => files.extend(more),
                Err(problem) => problems.push(problem),
            }
        }
        let (rules, malformed): (Vec<_>, Vec<_>) =
            files.into_iter().map(read::parse).partition(Result::is_ok);
        problems.extend(malformed.into_iter().filter_map(Result::err));
        let set = Self::compiled(latest(rules.into_iter().flatten()), &mut problems);
        if problems.is_empty() { Ok(set) } else { Err(Problems(problems)) }
    }

    /// Compiles `rules`; what is wrong with them is added to `problems`.
    fn compiled(rules: Vec<Rule>, problems: &mut Vec<Problem>) -> Self {
        let mut environment = compile::environment();
        for rule in &rules {
            for (part, source) in compile::parts(rule) {
                problems.extend(compile::add(&mut environment, rule, part, source).err());
            }
        }
        for rule in &rules {
            problems.extend(check::soundness(rule, &rules, &environment));
        }
        let compiled =
            rules.iter().map(|rule| (rule.id().to_owned(), Compiled::of(&environment, rule)));
        let compiled = compiled.collect();
        let set = RuleSet {
            rules,
            environment,
            compiled,
            previews: BTreeSet::new(),
            previews_speak: true,
        };
        set.with_ledger(Ledger::measured())
    }

    /// Puts into preview what `ledger` says, of the rules that planwise comes with. What a site has written or changed,
    /// it wants to hear.
    pub fn with_ledger(mut self, ledger: &Ledger) -> Self {
        let built_in = self.rules.iter().filter(|rule| rule.built_in);
        let doubted =
            built_in.filter(|rule| ledger.record(rule.id()).is_some_and(|r| r.is_preview()));
        self.previews = doubted.map(|rule| rule.id().to_owned()).collect();
        self
    }

    /// Whether rules in preview speak. They are known by name whether or not.
    pub fn speaking(mut self, previews: bool) -> Self {
        self.previews_speak = previews;
        self
    }

    /// Too few of the rule's remedies were confirmed: it is in preview.
    pub fn is_preview(&self, rule: &Rule) -> bool {
        self.previews.contains(rule.id())
    }

    /// Whether the rule may judge.
    pub fn speaks(&self, rule: &Rule) -> bool {
        self.previews_speak || !self.is_preview(rule)
    }

    /// The facts of nodes that the conditions of `rules` read. `None`: it cannot be told, or all of them.
    pub fn read_of_nodes(&self, rules: &[&Rule]) -> Option<BTreeSet<&str>> {
        let mut names = BTreeSet::new();
        for rule in rules {
            let reads = self.compiled.get(rule.id())?.reads.as_ref()?;
            names.extend(reads.iter().map(String::as_str));
        }
        Some(names)
    }

    /// Whether the condition of `rule` may hold at a node with such flags: see `Guard`.
    pub fn may_hold(&self, rule: &Rule, flag: impl Fn(&str) -> Option<bool>) -> bool {
        self.compiled.get(rule.id()).is_none_or(|compiled| compiled.guard.may_hold(flag))
    }

    /// The parameters of `rule`, as numbers.
    pub fn params(&self, rule: &Rule) -> Value {
        match self.compiled.get(rule.id()) {
            Some(compiled) => compiled.params.clone(),
            None => params(rule),
        }
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id() == id)
    }

    /// The same rules with one parameter changed: what a site's own file would do.
    pub fn with_param(&self, id: &str, param: &str, value: f64) -> Self {
        let mut set = self.clone();
        let rule = set.rules.iter_mut().find(|rule| rule.id() == id);
        if let Some(param) = rule.and_then(|rule| rule.definition.params.get_mut(param)) {
            param.value = value;
        }
        if let Some((rule, compiled)) = set.rule(id).map(params).zip(set.compiled.get_mut(id)) {
            compiled.params = rule;
        }
        set
    }

    /// Only the rules for which `keep` holds.
    pub fn only(&self, keep: impl Fn(&Rule) -> bool) -> Self {
        let mut set = self.clone();
        set.rules.retain(keep);
        set
    }

    /// A condition's verdict.
    pub fn holds(&self, rule: &Rule, facts: &Value) -> Result<bool, EvaluationError> {
        self.condition(rule, Part::When, facts)
    }

    /// The verdict of any condition of the rule.
    pub fn condition(
        &self,
        rule: &Rule,
        part: Part,
        facts: &Value,
    ) -> Result<bool, EvaluationError> {
        Ok(self.render(rule, part, facts)? == compile::HOLDS)
    }

    /// A number from an expression.
    pub fn number(&self, rule: &Rule, part: Part, facts: &Value) -> Result<f64, EvaluationError> {
        let text = self.render(rule, part, facts)?;
        text.parse().map_err(|_| {
            EvaluationError::Broken(format!("{}: {} is not a number", rule.id(), part.key()))
        })
    }

    /// The text of one part.
    pub fn render(
        &self,
        rule: &Rule,
        part: Part,
        facts: &Value,
    ) -> Result<String, EvaluationError> {
        let known = self.compiled.get(rule.id()).filter(|_| part == Part::When);
        let name = known.map_or_else(
            || Cow::Owned(part.name(rule.id())),
            |compiled| Cow::Borrowed(compiled.condition.as_str()),
        );
        self.environment
            .get_template(&name)
            .and_then(|template| template.render(facts.clone()))
            .map_err(|error| explained(rule, part, &error))
    }

    /// The value of an expression that is no part of a rule: a single term of a condition.
    pub fn evaluate(&self, expression: &str, facts: &Value) -> Result<Value, EvaluationError> {
        self.environment
            .compile_expression(expression)
            .and_then(|compiled| compiled.eval(facts.clone()))
            .map_err(|error| unknown_or_broken(&error, expression))
    }
}

impl Compiled {
    fn of(environment: &Environment<'_>, rule: &Rule) -> Compiled {
        let condition = Part::When.name(rule.id());
        let reads = environment.get_template(&condition).ok();
        let reads = reads.map(|condition| condition.undeclared_variables(true));
        Compiled {
            condition,
            guard: Guard::of(&rule.definition.when),
            reads: reads.and_then(|paths| of_nodes(&paths)),
            params: params(rule),
        }
    }
}

fn of_nodes(paths: &HashSet<String>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for path in paths {
        match path.strip_prefix("node").map(|rest| rest.strip_prefix('.')) {
            Some(Some(name)) => names.push(name.split('.').next().unwrap_or(name).to_owned()),
            Some(None) if path == "node" => return None,
            _ => {}
        }
    }
    Some(names)
}

fn params(rule: &Rule) -> Value {
    let numbers = rule.definition.params.iter().map(|(name, param)| (name.clone(), param.value));
    Value::from(numbers.collect::<BTreeMap<_, _>>())
}

/// Of rules with the same id the last one, in the place of the first.
fn latest(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut kept: Vec<Rule> = Vec::new();
    for rule in rules {
        match kept.iter_mut().find(|other| other.id() == rule.id()) {
            Some(earlier) => *earlier = rule,
            None => kept.push(rule),
        }
    }
    kept
}

fn explained(rule: &Rule, part: Part, error: &minijinja::Error) -> EvaluationError {
    unknown_or_broken(error, &format!("{}: {}", rule.id(), part.key()))
}

pub(super) fn unknown_or_broken(error: &minijinja::Error, place: &str) -> EvaluationError {
    let detail = error.detail().unwrap_or_default();
    match detail.strip_prefix(UNKNOWN_FACT) {
        Some(fact) => EvaluationError::UnknownFact(fact.to_owned()),
        None => EvaluationError::Broken(format!("{place}: {error}")),
    }
}
