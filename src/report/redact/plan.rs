//! A plan and its raw document without literals.

use super::redactor::Redactor;
use crate::plan::Node;
use crate::run::PlanRecord;

impl Redactor {
    pub fn plan_record(&self, record: &mut PlanRecord) {
        self.params(&mut record.params);
        self.json(&mut record.raw);
        self.codes(&mut record.plan.query_text);
        record.plan.extra.values_mut().for_each(|value| self.json(value));
        let mut pending = vec![&mut record.plan.root];
        while let Some(node) = pending.pop() {
            self.node(node);
            pending.extend(&mut node.children);
        }
    }

    fn node(&self, node: &mut Node) {
        let conditions = [
            &mut node.filter,
            &mut node.index_cond,
            &mut node.recheck_cond,
            &mut node.join_cond,
            &mut node.join_filter,
            &mut node.one_time_filter,
        ];
        self.codes(conditions.into_iter().flatten());
        self.codes(&mut node.output);
        let of_queries = [&mut node.subplan_name, &mut node.defines_cte];
        let names = [&mut node.alias, &mut node.source].into_iter().chain(of_queries);
        names.flatten().for_each(|name| self.name(name));
        let sorts = node.sort.iter_mut().chain(node.workers.iter_mut().flat_map(|w| &mut w.sort));
        for sort in sorts {
            self.codes(sort.keys.iter_mut().chain(&mut sort.presorted_keys));
        }
        let of_workers = node.workers.iter_mut();
        let (aggregates, memos): (Vec<_>, Vec<_>) =
            of_workers.map(|w| (&mut w.aggregate, &mut w.memoize)).unzip();
        let aggregates = aggregates.into_iter().chain([&mut node.aggregate]).flatten();
        self.codes(aggregates.flat_map(|a| &mut a.group_keys));
        let memos = memos.into_iter().chain([&mut node.memoize]).flatten();
        self.codes(memos.flat_map(|m| &mut m.key));
        node.extra.values_mut().for_each(|value| self.json(value));
    }
}
